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
}
