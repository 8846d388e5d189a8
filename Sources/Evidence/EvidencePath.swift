/// A path as the file system knows it: bytes, which need not be text.
package struct EvidencePath: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }
  package init(_ path: String) { bytes = Array(path.utf8) }

  package static func < (a: Self, b: Self) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

  /// The path with another component added.
  package func appending(_ name: [UInt8]) -> Self {
    Self(bytes: bytes.last == UInt8(ascii: "/") ? bytes + name : bytes + [UInt8(ascii: "/")] + name)
  }

  /// The part after the last slash.
  package var fileName: String { Self(bytes: Array(bytes.split(separator: UInt8(ascii: "/")).last ?? [])).description }

  /// The path as text. Bytes that are not UTF-8 appear as `\x` and two digits, so that no two paths look the same
  /// by losing them.
  package var description: String { Self.text(bytes) }

  /// Any name as text, by the same rule.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = ""
    var decoder = UTF8()
    var index = 0
    while index < bytes.count {
      var iterator = bytes[index...].makeIterator()
      decoder = UTF8()
      if case .scalarValue(let scalar) = decoder.decode(&iterator) {
        text.unicodeScalars.append(scalar)
        index += UTF8.width(scalar)
      } else {
        let hex = String(bytes[index], radix: 16)
        text += "\\x" + (hex.count == 1 ? "0" : "") + hex
        index += 1
      }
    }
    return text
  }
}
