/// Text as attackers put it on the wire.
enum WireText {
  /// The longest text kept, in bytes.
  static let limit = 255

  /// A host name: printable ASCII without blanks, which is what names on the wire are. Anything else is no name.
  static func name(_ bytes: ArraySlice<UInt8>) -> String? {
    guard (1...limit).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Any text: printable ASCII as it is, a backslash doubled, other bytes as `\xHH`; cut at the limit.
  static func printable(_ bytes: ArraySlice<UInt8>) -> String? {
    guard !bytes.isEmpty else { return nil }
    var text: [UInt8] = []
    for byte in bytes.prefix(limit) {
      switch byte {
      case 0x5c: text += [0x5c, 0x5c]
      case 0x20...0x7e: text.append(byte)
      default: text += Array("\\x".utf8) + Array(hex([byte]).utf8)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Two lower-case digits for each byte.
  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes { append(hexadecimal: byte, to: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  static func append(hexadecimal byte: UInt8, to text: inout [UInt8]) {
    text.append(digit(byte >> 4))
    text.append(digit(byte & 15))
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// - Parameter value: at least 0.
  static func append(decimal value: Int, to text: inout [UInt8]) {
    var rest = value.magnitude
    let start = text.count
    repeat {
      text.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    text[start...].reverse()
  }
}
