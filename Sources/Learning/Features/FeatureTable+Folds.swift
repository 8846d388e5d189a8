extension FeatureTable {
  /// Deals the rows out to parts by chance, each class evenly; each part is sorted. The same seed gives the same parts.
  ///
  /// - Parameter parts: at least 2.
  package func folds(_ parts: Int, seed: UInt64) -> [[Int]] {
    var generator = SeededGenerator(seed: seed)
    var result = [[Int]](repeating: [], count: max(parts, 2))
    var rowsByClass = [[Int]](repeating: [], count: labels.count)
    for (row, target) in targets.enumerated() { rowsByClass[target].append(row) }
    var next = 0
    for row in rowsByClass.map({ generator.shuffled($0) }).joined() {
      // Going on where the class before ended keeps the parts of one size.
      result[next % result.count].append(row)
      next += 1
    }
    return result.map { $0.sorted() }
  }

  /// Deals whole groups out to parts, class by class, as ``Dataset/split(_:folds:seed:)`` does. Rows of a class that has one
  /// group are in no part.
  ///
  /// - Parameters:
  ///   - groups: of each row. - parts: at least 2.
  package func folds(_ parts: Int, groups: [String], seed: UInt64) -> [[Int]] {
    var generator = SeededGenerator(seed: seed)
    let parts = max(parts, 2)
    let table = GroupTable(groups: groups, targets: targets, labels: labels.count, folds: parts, &generator)
    return (0..<parts).map { part in
      let tested = table.testGroups(round: part)
      return zip(targets.indices, groups).filter { tested.contains($0.1) }.map(\.0)
    }
  }

  /// The table with a column of numbers more, the last.
  ///
  /// - Parameter values: of each row; the table is unchanged when there are not as many.
  package func adding(_ name: String, _ values: [Float]) -> FeatureTable {
    guard values.count == rowCount else { return self }
    var result = FeatureTable(features: features + [Feature(name)], labels: labels)
    for row in targets.indices { result.append(self.row(row) + [values[row]], label: targets[row]) }
    return result
  }

  /// Takes a column out, such as one that says which group a row is of.
  ///
  /// - Returns: the table without it, and its value in each row as text; `nil` without a column of this name.
  package func takingOut(_ name: String) -> (table: FeatureTable, values: [String])? {
    guard let place = features.firstIndex(where: { $0.name == name }) else { return nil }
    var rest = features
    rest.remove(at: place)
    var result = FeatureTable(features: rest, labels: labels)
    for row in targets.indices {
      var values = self.row(row)
      values.remove(at: place)
      result.append(values, label: targets[row])
    }
    return (result, columns[place].map { "\($0)" })
  }
}
