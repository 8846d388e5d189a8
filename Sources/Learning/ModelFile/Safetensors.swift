/// A named block of floats of a model.
package struct Tensor: Sendable, Equatable {
  package var shape: [Int]
  /// Row-major.
  package var values: [Float]

  package init(shape: [Int], values: [Float]) {
    self.shape = shape
    self.values = values
  }
}

/// A safetensors file in memory: metadata and tensors of 32-bit floats.
///
/// The format is 8 bytes with the length of the header, little-endian, the header as a JSON object, and the data. Each
/// member of the header names a tensor with its `dtype`, `shape` and `data_offsets` (begin and end, counted from the
/// first byte of data); the member `__metadata__` maps strings to strings. Read strictly: the tensors cover the data
/// without gap or overlap, all are F32, no name occurs twice.
package struct Safetensors: Sendable, Equatable {
  package var metadata: [String: String] = [:]
  package var tensors: [String: Tensor] = [:]

  /// A header is some kilobytes; one larger than this is not parsed.
  package static let maximumHeaderBytes = 4 << 20

  package init() {}

  /// - Throws: `ModelFileError` with code `damaged` or `badTensor`.
  package init(parsing bytes: [UInt8]) throws(ModelFileError) {
    let header = try Self.header(bytes)
    let dataStart = 8 + header.byteCount
    var places: [(name: String, entry: Entry)] = []
    for (name, value) in header.members {
      if name == "__metadata__" {
        metadata = try Self.metadata(value)
      } else {
        places.append((name, try Entry(name, value)))
      }
    }
    // Tensors of no values share a begin with their neighbour, hence the second key; the name makes it one order.
    places.sort { ($0.entry.begin, $0.entry.end, $0.name) < ($1.entry.begin, $1.entry.end, $1.name) }
    var covered = 0
    for (name, entry) in places {
      guard entry.begin == covered else {
        throw ModelFileError(.damaged, "tensor '\(name)' begins at byte \(entry.begin) of the data, not at \(covered)")
      }
      covered = entry.end
    }
    guard covered == bytes.count - dataStart else {
      throw ModelFileError(.damaged, "the tensors cover \(covered) bytes, the file has \(bytes.count - dataStart)")
    }
    for (name, entry) in places {
      let values = (0..<(entry.end - entry.begin) / 4).map { index in
        Float(bitPattern: Self.word(bytes, at: dataStart + entry.begin + 4 * index))
      }
      tensors[name] = Tensor(shape: entry.shape, values: values)
    }
  }

  /// The file's bytes: members in byte order of their names, data in the same order, the header filled up with spaces
  /// to a multiple of 8 bytes. Equal contents give equal bytes.
  package var bytes: [UInt8] {
    var members: [String: JSONValue] = [:]
    if !metadata.isEmpty { members["__metadata__"] = .object(metadata.mapValues { .string($0) }) }
    let names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var data: [UInt8] = []
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let begin = data.count
      for value in tensor.values { withLittleEndianBytes(value) { data.append($0) } }
      members[name] = .object([
        "dtype": .string("F32"), "shape": .array(tensor.shape.map { .number(Double($0)) }),
        "data_offsets": .array([.number(Double(begin)), .number(Double(data.count))]),
      ])
    }
    var header = Array(JSONValue.object(members).canonicalText.utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
  }

  private func withLittleEndianBytes(_ value: Float, _ body: (UInt8) -> Void) {
    for shift in stride(from: 0, to: 32, by: 8) { body(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
  }

  private static func header(_ bytes: [UInt8]) throws(ModelFileError) -> (byteCount: Int, members: [String: JSONValue])
  {
    guard bytes.count >= 8 else { throw ModelFileError(.damaged, "the file has \(bytes.count) bytes, fewer than 8") }
    let length = bytes[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(maximumHeaderBytes) else {
      throw ModelFileError(
        .damaged,
        "it is no safetensors file, or damaged: its first 8 bytes announce a header of \(length) bytes, and at most \(maximumHeaderBytes) are read"
      )
    }
    let count = Int(length)
    guard count <= bytes.count - 8 else {
      throw ModelFileError(.damaged, "the header is said to have \(count) bytes, the file has \(bytes.count - 8) more")
    }
    guard count > 0, bytes[8] == UInt8(ascii: "{") else {
      throw ModelFileError(.damaged, "the header does not begin with a JSON object")
    }
    do {
      guard let members = try JSONValue(parsing: Array(bytes[8..<8 + count])).members else {
        throw ModelFileError(.damaged, "the header is not a JSON object")
      }
      return (count, members)
    } catch let error as JSONError {
      throw ModelFileError(.damaged, "the header has \(error)")
    } catch let error as ModelFileError {
      throw error
    } catch {
      throw ModelFileError(.damaged, "the header cannot be read")
    }
  }

  private static func metadata(_ value: JSONValue) throws(ModelFileError) -> [String: String] {
    guard let members = value.members else { throw ModelFileError(.damaged, "__metadata__ is not an object") }
    var result: [String: String] = [:]
    for (name, value) in members {
      guard let text = value.text else { throw ModelFileError(.damaged, "the metadata '\(name)' is not a string") }
      result[name] = text
    }
    return result
  }

  /// What the header says of one tensor, checked against itself.
  private struct Entry {
    var shape: [Int] = []
    var begin = 0, end = 0

    init(_ name: String, _ value: JSONValue) throws(ModelFileError) {
      guard let members = value.members, Set(members.keys) == ["dtype", "shape", "data_offsets"] else {
        throw ModelFileError(.damaged, "tensor '\(name)' has not exactly dtype, shape and data_offsets")
      }
      guard members["dtype"] == .string("F32") else {
        throw ModelFileError(.badTensor, "tensor '\(name)' is not of type F32")
      }
      shape = try Self.sizes(members["shape"], "the shape of tensor '\(name)'")
      let offsets = try Self.sizes(members["data_offsets"], "data_offsets of tensor '\(name)'")
      guard offsets.count == 2, offsets[0] <= offsets[1] else {
        throw ModelFileError(.damaged, "data_offsets of tensor '\(name)' are not a begin and an end")
      }
      (begin, end) = (offsets[0], offsets[1])
      var bytes = 4
      for size in shape {
        let (product, overflows) = bytes.multipliedReportingOverflow(by: size)
        if overflows { throw ModelFileError(.damaged, "the shape of tensor '\(name)' is too large") }
        bytes = product
      }
      guard bytes == end - begin else {
        throw ModelFileError(.damaged, "tensor '\(name)' needs \(bytes) bytes by its shape and has \(end - begin)")
      }
    }

    private static func sizes(_ value: JSONValue?, _ what: String) throws(ModelFileError) -> [Int] {
      guard let elements = value?.elements, elements.count <= 8 else {
        throw ModelFileError(.damaged, "\(what) is not a short list")
      }
      var sizes: [Int] = []
      for element in elements {
        guard let size = element.wholeNumber, size >= 0 else {
          throw ModelFileError(.damaged, "\(what) has something else than whole numbers")
        }
        sizes.append(size)
      }
      return sizes
    }
  }
}
