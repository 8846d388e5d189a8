/// Reads a feature table of comma-separated values (RFC 4180, one row a line) whose first line names the columns.
///
/// All columns but the class are numbers. The classes are the different texts of the class column, in order of their
/// bytes. Rows without a class are left out and counted.
package struct CSVTableReader: Sendable {
  private let limits: FeatureTableLimits
  private let className: String?
  private var lines: TextLines
  private var names: [String]?
  private var classColumn = 0
  /// Values by row, the class column left out.
  private var values: [[Float]] = []
  private var classes: [String] = []
  private var seen: Set<String> = []
  /// Rows left out because their class is missing.
  package private(set) var unlabelledRows = 0

  /// - Parameter className: the column that is the class; `nil` for the last.
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
    guard var names else { throw FeatureTableError("there is no line that names the columns") }
    names.remove(at: classColumn)
    let labels = seen.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard labels.count >= 2 else { throw FeatureTableError("there are not two classes in the class column") }
    var table = FeatureTable(features: names.map { Feature($0) }, labels: labels)
    let indices = Dictionary(labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for (row, label) in zip(values, classes) { table.append(row, label: indices[label] ?? -1) }
    return table
  }

  private mutating func read(_ line: ArraySlice<UInt8>) throws(FeatureTableError) {
    guard let text = String(validating: line, as: UTF8.self) else { throw FeatureTableError("the line is not UTF-8") }
    guard !text.isEmpty else { return }
    let fields = try DelimitedFields.csv(text)
    guard let names else { return try name(fields) }
    guard fields.count == names.count else {
      throw FeatureTableError("the row has \(fields.count) values, the table has \(names.count) columns")
    }
    guard (values.count + 1) * names.count <= limits.values else {
      throw FeatureTableError("the table has more than \(limits.values) values; cut it into several")
    }
    let label = fields[classColumn]
    if label.isEmpty || label == "?" {
      unlabelledRows += 1
      return
    }
    seen.insert(label)
    guard seen.count <= limits.categories else {
      throw FeatureTableError("the class column has more than \(limits.categories) different values; name another")
    }
    var row: [Float] = []
    row.reserveCapacity(names.count - 1)
    for (index, text) in fields.enumerated() where index != classColumn {
      guard let value = FeatureValue.number(text) else {
        throw FeatureTableError(
          "\(FeatureValue.quoted(text)) is no value of \(FeatureValue.quoted(names[index])): a finite number or '?' is needed"
        )
      }
      row.append(value)
    }
    values.append(row)
    classes.append(label)
  }

  private mutating func name(_ fields: [String]) throws(FeatureTableError) {
    guard fields.count >= 2, fields.count <= limits.features + 1 else {
      throw FeatureTableError("there are \(fields.count) columns, not 2 to \(limits.features + 1)")
    }
    guard Set(fields).count == fields.count else { throw FeatureTableError("two columns have one name") }
    guard let index = className.map({ fields.firstIndex(of: $0) }) ?? fields.indices.last else {
      throw FeatureTableError("there is no column \(FeatureValue.quoted(className ?? "")) that could be the class")
    }
    classColumn = index
    names = fields
  }
}
