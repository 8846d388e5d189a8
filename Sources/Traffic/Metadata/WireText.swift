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
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
