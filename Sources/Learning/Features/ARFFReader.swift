/// Reads Weka's attribute-relation file format: numeric and nominal attributes, rows of comma-separated values.
///
/// The class is the last attribute, or the one that is named; it has to be nominal. Rows without a class are left out and
/// counted. Commas at the end of a declaration, which spreadsheets leave there, and empty values beyond the last
/// attribute count for nothing. Sparse rows and attributes of other types are refused.
/// Source: the manual of Weka 3.6, chapter "ARFF".
package struct ARFFReader: Sendable {
  private let limits: FeatureTableLimits
  private let className: String?
  private var lines: TextLines
  private var attributes: [Feature] = []
  private var rows: RowReader?
  /// Rows left out because their class is missing.
  package var unlabelledRows: Int { rows?.unlabelled ?? 0 }

  /// - Parameter className: the attribute that is the class; `nil` for the last.
  package init(className: String? = nil, limits: FeatureTableLimits = FeatureTableLimits()) {
    self.limits = limits
    self.className = className
    lines = TextLines(maximumBytes: limits.lineBytes)
  }

  /// Takes the next bytes of the text.
  package mutating func feed(_ bytes: [UInt8]) throws(FeatureTableError) {
    var lines = lines
    defer { self.lines = lines }
    try lines.feed(bytes) { (line) throws(FeatureTableError) in try read(line) }
  }

  /// The table, once all bytes were fed.
  package mutating func finish() throws(FeatureTableError) -> FeatureTable {
    var lines = lines
    try lines.finish { (line) throws(FeatureTableError) in try read(line) }
    guard let rows else { throw FeatureTableError("there is no @DATA; an ARFF file declares its attributes first") }
    return rows.table
  }

  private mutating func read(_ line: ArraySlice<UInt8>) throws(FeatureTableError) {
    guard let text = String(validating: line, as: UTF8.self) else { throw FeatureTableError("the line is not UTF-8") }
    guard let first = text.first(where: { !$0.isWhitespace }), first != "%" else { return }
    if rows == nil {
      try declare(text)
    } else if first == "{" {
      throw FeatureTableError("the row is sparse, which is not read; write it with all its values")
    } else {
      try rows?.append(try DelimitedFields.arff(text), limits)
    }
  }

  private mutating func declare(_ text: String) throws(FeatureTableError) {
    let trimmed = text.trimmed(while: { $0 == "," || $0.isWhitespace })
    let keyword = trimmed.prefix { !$0.isWhitespace }.lowercased()
    switch keyword {
    case "@relation": break
    case "@attribute": try addAttribute(trimmed.dropFirst(keyword.count).drop { $0.isWhitespace })
    case "@data": rows = try RowReader(attributes, className: className)
    default: throw FeatureTableError("\(FeatureValue.quoted(keyword)) is no declaration of an ARFF file")
    }
  }

  private mutating func addAttribute(_ text: Substring) throws(FeatureTableError) {
    guard attributes.count <= limits.features else {
      throw FeatureTableError("there are more than \(limits.features) attributes")
    }
    let (name, rest) = try DelimitedFields.leadingName(text)
    let type = rest.trimmed(while: \.isWhitespace)
    if type.first == "{", type.last == "}" {
      let categories = try DelimitedFields.arff(String(type.dropFirst().dropLast()))
      guard categories.count <= limits.categories, Set(categories).count == categories.count else {
        throw FeatureTableError(
          "the values of \(FeatureValue.quoted(name)) are repeated, or more than \(limits.categories)")
      }
      attributes.append(Feature(name, categories: categories))
    } else if ["numeric", "real", "integer"].contains(type.lowercased()) {
      attributes.append(Feature(name))
    } else {
      throw FeatureTableError(
        "the type \(FeatureValue.quoted(String(type))) of \(FeatureValue.quoted(name)) is not read; only numbers and lists of values are"
      )
    }
  }
}
