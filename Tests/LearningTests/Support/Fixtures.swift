import Foundation
import Learning

/// Files of the repository's `fixtures` folder.
enum Fixtures {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures")

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: path))) }
}

/// Tensors of a safetensors file of numbers to compare with. Unlike a model file it also holds 64-bit integers.
struct NumberFile {
  var floats: [String: [Float]] = [:]
  var integers: [String: [Int]] = [:]
  var shapes: [String: [Int]] = [:]

  init(_ path: String) throws {
    let bytes = try Fixtures.bytes(path)
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let members = try JSONValue(parsing: Array(bytes[8..<8 + length])).members ?? [:]
    for (name, value) in members where name != "__metadata__" {
      let entry = value.members ?? [:]
      let offsets = (entry["data_offsets"]?.elements ?? []).compactMap(\.wholeNumber)
      shapes[name] = (entry["shape"]?.elements ?? []).compactMap(\.wholeNumber)
      let data = bytes[(8 + length + offsets[0])..<(8 + length + offsets[1])]
      let size = entry["dtype"] == .string("I64") ? 8 : 4
      let words = stride(from: data.startIndex, to: data.endIndex, by: size).map { start in
        data[start..<start + size].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      }
      if size == 8 {
        integers[name] = words.map { Int(Int64(bitPattern: $0)) }
      } else {
        floats[name] = words.map { Float(bitPattern: UInt32($0)) }
      }
    }
  }
}
