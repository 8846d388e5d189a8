/// Turns the fields of rows into a feature table whose columns are known.
struct RowReader: Sendable {
  private(set) var table: FeatureTable
  /// Rows left out because their class is missing.
  private(set) var unlabelled = 0
  private let classColumn: Int
  private let classIndices: [String: Int]
  private let categoryIndices: [[String: Int]?]

  /// - Parameters:
  ///   - columns: all columns of the text, the class among them.
  ///   - className: the column that is the class; `nil` for the last.
  init(_ columns: [Feature], className: String?) throws(FeatureTableError) {
    if let repeated = Dictionary(grouping: columns, by: \.name).filter({ $1.count > 1 }).keys.min() {
      throw FeatureTableError("there are two columns \(FeatureValue.quoted(repeated))")
    }
    guard let index = className.map({ name in columns.firstIndex { $0.name == name } }) ?? columns.indices.last else {
      throw FeatureTableError("there is no column \(FeatureValue.quoted(className ?? "")) that could be the class")
    }
    guard let labels = columns[index].categories, labels.count >= 2 else {
      throw FeatureTableError(
        "the class \(FeatureValue.quoted(columns[index].name)) is not a list of two or more values; name the column that is"
      )
    }
    var features = columns
    features.remove(at: index)
    guard !features.isEmpty else { throw FeatureTableError("there is no column but the class") }
    classColumn = index
    classIndices = Self.indices(labels)
    categoryIndices = features.map { $0.categories.map(Self.indices) }
    table = FeatureTable(features: features, labels: labels)
  }

  private static func indices(_ names: [String]) -> [String: Int] {
    Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Adds a row. Empty fields beyond the last column count for nothing.
  mutating func append(_ fields: [String], _ limits: FeatureTableLimits) throws(FeatureTableError) {
    let expected = table.features.count + 1
    guard fields.count >= expected, fields[expected...].allSatisfy(\.isEmpty) else {
      throw FeatureTableError("the row has \(fields.count) values, the table has \(expected) columns")
    }
    guard (table.rowCount + 1) * table.features.count <= limits.values else {
      throw FeatureTableError("the table has more than \(limits.values) values; cut it into several")
    }
    let label = fields[classColumn]
    if label.isEmpty || label == "?" {
      unlabelled += 1
      return
    }
    guard let target = classIndices[label] else {
      throw FeatureTableError("the class \(FeatureValue.quoted(label)) was not declared")
    }
    var values: [Float] = []
    values.reserveCapacity(table.features.count)
    for (index, feature) in table.features.enumerated() {
      let text = fields[index < classColumn ? index : index + 1]
      guard let value = value(text, index) else {
        throw FeatureTableError(
          "\(FeatureValue.quoted(text)) is no value of \(FeatureValue.quoted(feature.name)): \(feature.categories == nil ? "a finite number or '?' is needed" : "it was not declared")"
        )
      }
      values.append(value)
    }
    table.append(values, label: target)
  }

  private func value(_ text: String, _ index: Int) -> Float? {
    guard let indices = categoryIndices[index] else { return FeatureValue.number(text) }
    if text.isEmpty || text == "?" { return .nan }
    return indices[text].map(Float.init)
  }
}
