/// Text from a capture or a file name is never trusted to be text.
enum SafeText {
  /// Control characters, escape sequences, line ends and direction marks as `\u{..}`, so that none of them reaches a
  /// terminal, a page or a spreadsheet.
  static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isUnsafe(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0: true
    // Line separators, and the marks that turn the direction of what follows.
    case 0x2028...0x202e, 0x2066...0x2069, 0x200e, 0x200f, 0xfeff: true
    default: false
    }
  }
}
