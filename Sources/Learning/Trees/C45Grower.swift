/// Grows a C4.5 tree from the root (Quinlan 1993, chapters 2 and 3).
///
/// Every number is sorted once for the whole table; a division parts the sorted lists and keeps their order. A case whose
/// value is missing goes down every branch, with the share of its weight that the known cases have there.
struct C45Grower {
  private let table: FeatureTable
  private let options: C45Options
  private let targets: [Int32]
  private let logarithm: WeightedLogarithm
  /// Weight of each row at the node at hand.
  private var weights: [Double]
  /// Values of each number in the table, ascending; empty for a nominal feature.
  private let values: [[Float]]

  /// The cases of a node. A class, so that they can be let go of before the branches are grown.
  private final class Cases {
    /// Table rows.
    var rows: [Int32] = []
    /// For each number the rows with a known value, by value; empty for a nominal feature.
    var sorted: [[Int32]]

    init(features: Int) { sorted = [[Int32]](repeating: [], count: features) }
  }

  private let root: Cases

  init(_ table: FeatureTable, _ options: C45Options) {
    self.table = table
    self.options = options
    targets = table.targets.map { Int32($0) }
    logarithm = WeightedLogarithm(upTo: table.rowCount)
    weights = [Double](repeating: 1, count: table.rowCount)
    root = Cases(features: table.features.count)
    root.rows = Array(0..<Int32(table.rowCount))
    for (index, column) in table.columns.enumerated() where table.features[index].categories == nil {
      root.sorted[index] = root.rows.filter { !column[Int($0)].isNaN }
        .sorted { (column[Int($0)], $0) < (column[Int($1)], $1) }
    }
    values = zip(root.sorted, table.columns).map { rows, column in rows.map { column[Int($0)] } }
  }

  /// - Returns: the root of the tree, not yet pruned.
  mutating func grow() -> C45Node { grow(root, parentLabel: 0, depth: 0) }

  private mutating func grow(_ cases: Cases, parentLabel: Int, depth: Int) -> C45Node {
    var counts = [Double](repeating: 0, count: table.labels.count)
    for row in cases.rows { counts[Int(targets[Int(row)])] += weights[Int(row)] }
    let node = C45Node(counts: counts, parentLabel: parentLabel)
    guard node.errors > C45Split.measureTolerance,
      node.weight >= 2 * options.minimumCases - C45Split.measureTolerance,
      depth < C45Options.maximumDepth, let split = bestSplit(cases, counts)
    else { return node }
    node.feature = split.feature
    node.threshold = split.middle.map { threshold(split.feature, middle: $0) }
    let (parts, missing) = divide(cases, by: split, node)
    cases.rows = []
    cases.sorted = []
    let weightsHere = missing.map { weights[Int($0)] }
    let known = split.branchWeights.reduce(0, +)
    for (part, weight) in zip(parts, split.branchWeights) {
      for (row, own) in zip(missing, weightsHere) { weights[Int(row)] = own * weight / known }
      node.branches.append(grow(part, parentLabel: node.label, depth: depth + 1))
    }
    for (row, own) in zip(missing, weightsHere) { weights[Int(row)] = own }
    // A division that rights no case is undone.
    if node.subtreeErrors >= node.errors - C45Split.gainTolerance { node.becomeLeaf() }
    return node
  }

  /// The largest value in the table that is not above the middle of the gap, so that a threshold is a value that occurs.
  private func threshold(_ feature: Int, middle: Double) -> Float {
    let values = values[feature]
    var low = 0, high = values.count
    while low < high {
      let probe = (low + high) / 2
      if Double(values[probe]) <= middle { low = probe + 1 } else { high = probe }
    }
    return values[max(low - 1, 0)]
  }

  /// The division of the highest gain ratio among those whose gain is at least the average.
  private func bestSplit(_ cases: Cases, _ counts: [Double]) -> C45Split? {
    let isManyValued = table.features.map { Double($0.categories?.count ?? 0) >= 0.3 * Double(table.rowCount) }
    let hasFewValued = zip(table.features, isManyValued).contains { $0.categories != nil && !$1 }
    let hasNumbers = table.features.contains { $0.categories == nil }
    var splits: [C45Split] = []
    var gains = 0.0, counted = 0
    for index in table.features.indices {
      guard let split = split(index, cases, counts) else { continue }
      splits.append(split)
      // A feature with nearly as many values as cases has a gain that would spoil the average.
      if isManyValued[index] && (hasFewValued || hasNumbers) { continue }
      gains += split.gain
      counted += 1
    }
    let average = counted > 0 ? gains / Double(counted) : 0
    var best: C45Split?
    for split in splits
    where split.gain >= average - C45Split.gainTolerance
      && split.ratio > (best?.ratio ?? 0) + C45Split.measureTolerance
    {
      best = split
    }
    return best
  }

  private func split(_ feature: Int, _ cases: Cases, _ counts: [Double]) -> C45Split? {
    let column = table.columns[feature]
    if let categories = table.features[feature].categories {
      var branches = [[Double]](
        repeating: [Double](repeating: 0, count: counts.count), count: categories.count)
      var unknown = 0.0
      for row in cases.rows {
        let weight = weights[Int(row)]
        if let index = Int(exactly: column[Int(row)]), branches.indices.contains(index) {
          branches[index][Int(targets[Int(row)])] += weight
        } else {
          unknown += weight
        }
      }
      return .nominal(feature, weights: branches, unknown: unknown, minimum: options.minimumCases, logarithm)
    }
    let sorted = cases.sorted[feature]
    var known = counts
    if sorted.count < cases.rows.count {
      known = [Double](repeating: 0, count: counts.count)
      for row in sorted { known[Int(targets[Int(row)])] += weights[Int(row)] }
    }
    let unknown = max(counts.reduce(0, +) - known.reduce(0, +), 0)
    return .numeric(
      feature, sorted: sorted, column: column, targets: targets, weights: weights, known: known, unknown: unknown,
      minimum: options.minimumCases, logarithm)
  }

  /// - Returns: the cases of each branch, and the rows whose value is missing, which are in every branch that has weight.
  private func divide(_ cases: Cases, by split: C45Split, _ node: C45Node) -> (parts: [Cases], missing: [Int32]) {
    let count = split.branchWeights.count
    let parts = (0..<count).map { _ in Cases(features: table.features.count) }
    let column = table.columns[split.feature]
    func branch(_ row: Int32) -> Int? {
      let value = column[Int(row)]
      if let threshold = node.threshold { return value.isNaN ? nil : value <= threshold ? 0 : 1 }
      return Int(exactly: value).flatMap { (0..<count).contains($0) ? $0 : nil }
    }
    let taking = split.branchWeights.indices.filter { split.branchWeights[$0] > 0 }
    var missing: [Int32] = []
    for row in cases.rows {
      if let index = branch(row) {
        parts[index].rows.append(row)
      } else {
        missing.append(row)
        for index in taking { parts[index].rows.append(row) }
      }
    }
    for (feature, rows) in cases.sorted.enumerated() {
      var lists = [[Int32]](repeating: [], count: count)
      for row in rows {
        if let index = branch(row) {
          lists[index].append(row)
        } else {
          for index in taking { lists[index].append(row) }
        }
      }
      for (part, list) in zip(parts, lists) { part.sorted[feature] = list }
    }
    return (parts, missing)
  }
}
