/// Tells whether a text is a JSON array or object (RFC 8259) on one line.
struct JSONSyntax {
  private let bytes: [UInt8]
  private var at = 0
  /// Arrays and objects within one another that are followed; deeper text counts as no JSON.
  private static let depthLimit = 32

  static func isContainer(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
      VisibleText.isPlain(text) || text.unicodeScalars.allSatisfy({ !VisibleText.isInvisible($0) })
    else { return false }
    var syntax = JSONSyntax(bytes: Array(text.utf8))
    return syntax.value(depth: 0) && syntax.at == syntax.bytes.count
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func skipBlanks() {
    while next == UInt8(ascii: " ") { at += 1 }
  }

  private mutating func value(depth: Int) -> Bool {
    skipBlanks()
    defer { skipBlanks() }
    switch next {
    case UInt8(ascii: "{"): return depth < Self.depthLimit && members("{", "}", depth: depth, isObject: true)
    case UInt8(ascii: "["): return depth < Self.depthLimit && members("[", "]", depth: depth, isObject: false)
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return word("true")
    case UInt8(ascii: "f"): return word("false")
    case UInt8(ascii: "n"): return word("null")
    default: return number()
    }
  }

  private mutating func members(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, depth: Int, isObject: Bool
  ) -> Bool {
    guard take(open) else { return false }
    skipBlanks()
    if take(close) { return true }
    repeat {
      if isObject {
        skipBlanks()
        guard string() else { return false }
        skipBlanks()
        guard take(":") else { return false }
      }
      guard value(depth: depth + 1) else { return false }
    } while take(",")
    return take(close)
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while let byte = next {
      at += 1
      if byte == UInt8(ascii: "\"") { return true }
      guard byte == UInt8(ascii: "\\") else { continue }
      guard let escaped = next else { return false }
      at += 1
      if escaped == UInt8(ascii: "u") {
        for _ in 0..<4 {
          guard let digit = next, Character(UnicodeScalar(digit)).isHexDigit else { return false }
          at += 1
        }
      } else if !"\"\\/bfnrt".utf8.contains(escaped) {
        return false
      }
    }
    return false
  }

  private mutating func word(_ word: String) -> Bool {
    guard bytes[at...].starts(with: word.utf8) else { return false }
    at += word.utf8.count
    return true
  }

  private mutating func number() -> Bool {
    _ = take("-")
    if !take("0"), !digits() { return false }
    if take("."), !digits() { return false }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      return digits()
    }
    return true
  }

  private mutating func digits() -> Bool {
    let start = at
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
    return at > start
  }
}
