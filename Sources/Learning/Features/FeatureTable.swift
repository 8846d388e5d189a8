/// One column of a feature table.
package struct Feature: Sendable, Equatable {
  package var name: String
  /// The values a nominal feature can have, in the order of their indices; `nil` for a number.
  package var categories: [String]?

  package init(_ name: String, categories: [String]? = nil) {
    self.name = name
    self.categories = categories
  }
}

/// Labelled rows of features: what tree models are trained and measured on.
///
/// Values are single precision, the precision of the model file and of XGBoost, so that a threshold found in training
/// divides the same rows for ever after.
package struct FeatureTable: Sendable, Equatable {
  package let features: [Feature]
  package let labels: [String]
  /// Values by feature, then row. NaN is a missing value; of a nominal feature the value is the category's index.
  package private(set) var columns: [[Float]]
  /// Class of each row, an index of `labels`.
  package private(set) var targets: [Int]

  package init(features: [Feature], labels: [String]) {
    self.features = features
    self.labels = labels
    columns = [[Float]](repeating: [], count: features.count)
    targets = []
  }

  package var rowCount: Int { targets.count }

  /// Adds a row; one whose length or class does not fit the table is left out.
  package mutating func append(_ values: [Float], label: Int) {
    guard values.count == features.count, labels.indices.contains(label) else { return }
    for (index, value) in values.enumerated() { columns[index].append(value) }
    targets.append(label)
  }

  /// Values of one row, in the order of `features`.
  package func row(_ index: Int) -> [Float] { columns.map { $0[index] } }

  /// Rows of each class.
  package var counts: [Int] { targets.reduce(into: [Int](repeating: 0, count: labels.count)) { $0[$1] += 1 } }

  /// Missing values of each feature.
  package var missing: [Int] { columns.map { $0.count { $0.isNaN } } }

  /// The rows at some indices, in their order.
  package func selecting(_ rows: [Int]) -> FeatureTable {
    var result = FeatureTable(features: features, labels: labels)
    result.columns = columns.map { column in rows.map { column[$0] } }
    result.targets = rows.map { targets[$0] }
    return result
  }

  /// Rows that repeat the features of an earlier row, and those among them with another class than the earlier one.
  package var repeats: (rows: [Int], conflicting: Int) {
    var first: [[UInt32]: Int] = [:]
    var rows: [Int] = []
    var conflicting = 0
    for index in targets.indices {
      let key = columns.map { $0[index].bitPattern }
      if let earlier = first[key] {
        rows.append(index)
        conflicting += targets[earlier] == targets[index] ? 0 : 1
      } else {
        first[key] = index
      }
    }
    return (rows, conflicting)
  }

  /// The table without the rows that repeat the features of an earlier one.
  package func withoutRepeats() -> FeatureTable {
    let left = Set(repeats.rows)
    return selecting(targets.indices.filter { !left.contains($0) })
  }

  package static func == (left: FeatureTable, right: FeatureTable) -> Bool {
    left.features == right.features && left.labels == right.labels && left.targets == right.targets
      && zip(left.columns, right.columns).allSatisfy { $0.map(\.bitPattern) == $1.map(\.bitPattern) }
  }
}
