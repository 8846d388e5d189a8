/// What tables call a class, and what a model is to call it: a pattern and a class a line, the first match decides, case does not matter.
///
/// The class `-` means that such flows are not used; `#` begins a comment. A name that no line matches stays as it is.
package struct ClassNames: Sendable {
  private var rules: [(pattern: [Character], name: String)] = []

  /// Leaves every name as it is.
  package init() {}

  /// - Throws: at the first line that is not a pattern and a class.
  package init(parsing text: String) throws(LabelMapError) {
    for (index, line) in text.textLines.enumerated() {
      let fields = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      if fields.isEmpty { continue }
      guard fields.count == 2 else {
        throw LabelMapError(
          line: index + 1,
          description: "line \(index + 1) of the file of classes has \(fields.count) words, not a pattern and a class")
      }
      rules.append((Array(fields[0].lowercased()), String(fields[1])))
    }
  }

  package mutating func append(_ other: ClassNames) { rules += other.rules }

  /// - Returns: `nil` for a class that is not used.
  func name(of text: String) -> String? {
    let characters = Array(text.lowercased())
    guard let rule = rules.first(where: { LabelMap.matches($0.pattern[...], characters[...]) }) else { return text }
    return rule.name == "-" ? nil : rule.name
  }
}
