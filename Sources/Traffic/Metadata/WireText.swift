/// Text as attackers put it on the wire.
package enum WireText {
  /// The longest text kept, in bytes.
  package static let limit = 255

  /// Any text: printable ASCII as it is, a backslash doubled, other bytes as `\xHH`. Behind the limit it is cut, and
  /// `…+N` says that N bytes are missing; no text can feign that, since the bytes of `…` are escaped.
  ///
  /// - Returns: `nil` only for no bytes.
  package static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    guard !bytes.isEmpty else { return nil }
    var text: [UInt8] = []
    text.reserveCapacity(min(bytes.count, limit))
    for byte in bytes.prefix(limit) { append(escaped: byte, to: &text) }
    if bytes.count > limit { text += Array("…+\(bytes.count - limit)".utf8) }
    return String(decoding: text, as: UTF8.self)
  }

  static func append(escaped byte: UInt8, to text: inout [UInt8]) {
    switch byte {
    case 0x5c: text += [0x5c, 0x5c]
    case 0x20...0x7e: text.append(byte)
    default:
      text += Array("\\x".utf8)
      append(hexadecimal: byte, to: &text)
    }
  }

  /// ASCII letters in lower case, as names are compared (RFC 4343); other bytes as they are.
  static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

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
