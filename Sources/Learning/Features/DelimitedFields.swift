/// The fields of a line of text that are parted by commas.
package enum DelimitedFields {
  private static let comma = UInt8(ascii: ","), quote = UInt8(ascii: "\""), apostrophe = UInt8(ascii: "'")
  private static let backslash = UInt8(ascii: "\\")

  /// Fields as ARFF writes them: in single or double quotes where they have special characters, which a backslash
  /// escapes. Spaces around a field do not belong to it.
  static func arff(_ text: String) throws(FeatureTableError) -> [String] {
    let bytes = Array(text.utf8)
    guard bytes.contains(where: { $0 == quote || $0 == apostrophe }) else { return plain(bytes) }
    var fields: [String] = []
    var rest = bytes[...]
    repeat {
      rest = rest.drop(while: isSpace)
      var field: [UInt8] = []
      if let mark = rest.first, mark == quote || mark == apostrophe {
        try takeQuoted(&rest, into: &field)
        rest = rest.drop(while: isSpace)
        guard rest.isEmpty || rest.first == comma else {
          throw FeatureTableError("something follows the closing quote of \(quoted(field))")
        }
      } else {
        field = Array(rest.prefix { $0 != comma })
        rest = rest.dropFirst(field.count)
        while field.last.map(isSpace) == true { field.removeLast() }
      }
      fields.append(String(decoding: field, as: UTF8.self))
    } while takeComma(&rest)
    return fields
  }

  /// Fields as RFC 4180 writes them: in double quotes where they have commas or quotes, which are doubled.
  package static func csv(_ text: String) throws(FeatureTableError) -> [String] {
    let bytes = Array(text.utf8)
    guard bytes.contains(quote) else { return plain(bytes) }
    var fields: [String] = []
    var rest = bytes[...]
    repeat {
      var field: [UInt8] = []
      if rest.first == quote {
        var isOpening = true
        repeat {
          if !isOpening { field.append(quote) }
          isOpening = false
          rest = rest.dropFirst()
          guard let end = rest.firstIndex(of: quote) else {
            throw FeatureTableError("the quoted field \(quoted(field + rest)) does not end on its line")
          }
          field += rest[..<end]
          rest = rest[(end + 1)...]
        } while rest.first == quote
        guard rest.isEmpty || rest.first == comma else {
          throw FeatureTableError("something follows the closing quote of \(quoted(field))")
        }
      } else {
        field = Array(rest.prefix { $0 != comma })
        rest = rest.dropFirst(field.count)
      }
      fields.append(String(decoding: field, as: UTF8.self))
    } while takeComma(&rest)
    return fields
  }

  /// The name at the start of an attribute's declaration, quoted or up to a space, and what follows it.
  static func leadingName(_ text: Substring) throws(FeatureTableError) -> (String, Substring) {
    guard let mark = text.utf8.first, mark == quote || mark == apostrophe else {
      let name = text.prefix { !$0.isWhitespace && $0 != "{" }
      guard !name.isEmpty else { throw FeatureTableError("an attribute has no name") }
      return (String(name), text.dropFirst(name.count))
    }
    var rest = Array(text.utf8)[...]
    var name: [UInt8] = []
    try takeQuoted(&rest, into: &name)
    return (String(decoding: name, as: UTF8.self), Substring(decoding: rest, as: UTF8.self))
  }

  private static func plain(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: comma, omittingEmptySubsequences: false).map { field in
      var field = field.drop(while: isSpace)
      while field.last.map(isSpace) == true { field = field.dropLast() }
      return String(decoding: field, as: UTF8.self)
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func quoted(_ field: [UInt8]) -> String { FeatureValue.quoted(String(decoding: field, as: UTF8.self)) }

  private static func takeComma(_ rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.first == comma else { return false }
    rest = rest.dropFirst()
    return true
  }

  private static func takeQuoted(_ rest: inout ArraySlice<UInt8>, into field: inout [UInt8]) throws(FeatureTableError) {
    let mark = rest.first
    rest = rest.dropFirst()
    while let byte = rest.first {
      rest = rest.dropFirst()
      if byte == mark { return }
      if byte == backslash, let escaped = rest.first {
        field.append(escaped)
        rest = rest.dropFirst()
      } else {
        field.append(byte)
      }
    }
    throw FeatureTableError("the quoted text \(quoted(field)) does not end on its line")
  }
}

extension StringProtocol {
  /// The text without what fulfils a condition at its ends.
  func trimmed(while condition: (Character) -> Bool) -> String {
    var text = drop(while: condition)
    while let last = text.last, condition(last) { text = text.dropLast() }
    return String(text)
  }
}
