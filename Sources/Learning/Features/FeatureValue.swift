/// The text of one value of a feature table.
enum FeatureValue {
  private static let digits = Set("0123456789+-.eE".utf8)

  /// - Returns: NaN for a missing value (`?`, `NaN` or nothing); `nil` for what is no number, or one beyond the range
  ///   of `Float`.
  static func number(_ text: String) -> Float? {
    if text.isEmpty || text == "?" || text == "NaN" { return .nan }
    // Swift also reads hexadecimal and words, which no table means.
    guard text.utf8.allSatisfy(digits.contains), let value = Float(text), value.isFinite else { return nil }
    return value
  }

  /// A text for a message: short, whatever the file holds.
  static func quoted(_ text: String) -> String { "'\(text.count > 40 ? text.prefix(40) + "..." : text[...])'" }

  /// The number as shortest text; `missing` for NaN.
  static func text(_ value: Float, missing: String) -> String {
    if value.isNaN { return missing }
    if let whole = Int32(exactly: value) { return String(whole) }
    return "\(value)"
  }
}
