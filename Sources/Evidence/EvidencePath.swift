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

  /// The path as text, from which its bytes can be had again.
  package var description: String { Self.text(bytes) }

  /// Any name as text. What is no visible text appears as `\x` and two hexadecimal digits for each byte: bytes that are not
  /// UTF-8, control characters, line separators, and marks that change the direction of what follows. So does a backslash
  /// that would read as the beginning of such an escape; no two names look the same.
  package static func text(_ bytes: some Sequence<UInt8>, keepsLines: Bool = false) -> String {
    let bytes = Array(bytes)
    if bytes.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }) {
      return String(decoding: bytes, as: UTF8.self)
    }
    var text = ""
    var index = 0
    while index < bytes.count {
      var iterator = bytes[index...].makeIterator()
      var decoder = UTF8()
      var width = 1
      if case .scalarValue(let scalar) = decoder.decode(&iterator) {
        width = UTF8.width(scalar)
        let isLine = keepsLines && (scalar == "\n" || scalar == "\t")
        if isLine || isVisible(scalar) && !isEscape(bytes[index...]) {
          text.unicodeScalars.append(scalar)
          index += width
          continue
        }
      }
      for byte in bytes[index..<index + width] { text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16) }
      index += width
    }
    return text
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  private static func isEscape(_ bytes: ArraySlice<UInt8>) -> Bool {
    let start = bytes.prefix(4)
    return start.starts(with: Array("\\x".utf8)) && start.count == 4
      && start.dropFirst(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
  }
}

extension EvidencePath {
  /// The path whose `description` is a text.
  package init(described text: String) {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      let digits = rest.dropFirst(2).prefix(2)
      if rest.starts(with: Array("\\x".utf8)), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), digits.first != UInt8(ascii: "+")
      {
        bytes.append(value)
        rest = rest.dropFirst(4)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    self.init(bytes: bytes)
  }
}
