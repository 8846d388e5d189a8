import Learning
import Testing

@Suite struct SafetensorsTests {
  private func file(_ header: String, data: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
      + [UInt8](repeating: 0, count: data)
  }

  @Test func `writes and reads`() throws {
    var file = Safetensors()
    file.metadata = ["k": "v \"quoted\" é"]
    file.tensors = [
      "b": Tensor(shape: [2, 1], values: [1.5, -0.0]), "a": Tensor(shape: [], values: [.pi]),
      "z": Tensor(shape: [0, 3], values: []),
    ]
    let bytes = file.bytes
    #expect(bytes.count % 4 == 0)
    let back = try Safetensors(parsing: bytes)
    #expect(back == file)
    #expect(back.bytes == bytes)
  }

  @Test func `accepts any order of members and spaces`() throws {
    let text = """
      { "y" : {"shape":[1],"data_offsets":[4,8],"dtype":"F32"}, "x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
      """
    #expect(try Safetensors(parsing: file(text, data: 8)).tensors.count == 2)
  }

  /// Each file is wrong in one way; the words are from the message.
  @Test(arguments: [
    ("[]", 0, "JSON object"), ("{\"x\":1}", 0, "exactly"),
    (#"{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, 8, "F32"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#, 4, "exactly"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, "by its shape"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "begins at byte 4"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "cover 4 bytes"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "cover 4 bytes"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "begin and an end"),
    (#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "whole numbers"),
    (#"{"x":{"dtype":"F32","shape":[4503599627370496,4503599627370496],"data_offsets":[0,4]}}"#, 4, "too large"),
    (
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      4, "second time"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, "not a string"), (#"{"__metadata__":[]}"#, 0, "not an object"),
  ]) func `refuses`(header: String, data: Int, words: String) {
    let error = #expect(throws: ModelFileError.self) { try Safetensors(parsing: file(header, data: data)) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `refuses lengths that lie`() {
    #expect(throws: ModelFileError.self) { try Safetensors(parsing: []) }
    #expect(throws: ModelFileError.self) { try Safetensors(parsing: [2, 0, 0, 0, 0, 0, 0]) }
    #expect(throws: ModelFileError.self) { try Safetensors(parsing: [UInt8](repeating: 0xff, count: 64)) }
    #expect(throws: ModelFileError.self) { try Safetensors(parsing: [9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]) }
    #expect(throws: ModelFileError.self) { try Safetensors(parsing: [0, 0, 0, 0, 0, 0, 0, 0]) }
  }
}
