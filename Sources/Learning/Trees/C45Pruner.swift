/// Cuts a grown tree back where the pessimistic estimate of its errors does not rise (Quinlan 1993, chapter 4).
///
/// From the leaves up, each subtree is compared with a leaf in its place and with its largest branch in its place.
struct C45Pruner {
  private let table: FeatureTable
  private let bound: C45ErrorBound
  private let raises: Bool

  /// Errors by which a smaller tree may be worse and is still taken.
  private static let allowance = 0.1

  private struct Case {
    var row: Int32
    var weight: Double
  }

  init(_ table: FeatureTable, _ options: C45Options) {
    self.table = table
    bound = C45ErrorBound(confidence: options.confidence)
    raises = options.raisesSubtrees
  }

  func prune(_ root: C45Node) { prune(root, (0..<Int32(table.rowCount)).map { Case(row: $0, weight: 1) }) }

  /// Prunes a subtree that some cases reach, and counts them at its nodes anew.
  private func prune(_ node: C45Node, _ cases: [Case]) {
    recount(node, cases)
    guard let parts = divide(node, cases) else { return }
    for (branch, part) in zip(node.branches, parts) {
      if part.isEmpty { branch.label = node.label }
      prune(branch, part)
    }
    let asLeaf = node.errors + bound.extraErrors(node.errors, of: node.weight)
    let asTree = estimate(node)
    let largest = node.branches.indices.max { (node.branches[$0].weight, $1) < (node.branches[$1].weight, $0) }
    let raised = largest.map { estimate(node.branches[$0], cases) } ?? .infinity
    let asBranch = raises ? raised : .infinity
    if asLeaf <= asTree + Self.allowance, asLeaf <= asBranch + Self.allowance {
      node.becomeLeaf()
    } else if asBranch <= asTree + Self.allowance, let largest {
      let branch = node.branches[largest]
      node.feature = branch.feature
      node.threshold = branch.threshold
      node.branches = branch.branches
      prune(node, cases)
    }
  }

  private func recount(_ node: C45Node, _ cases: [Case]) {
    var counts = [Double](repeating: 0, count: table.labels.count)
    for item in cases { counts[table.targets[Int(item.row)]] += item.weight }
    node.counts = counts
    if let label = C45Node.majority(counts) { node.label = label }
  }

  /// The estimated errors of a subtree on the cases counted at its leaves.
  private func estimate(_ node: C45Node) -> Double {
    if node.feature == nil { return node.errors + bound.extraErrors(node.errors, of: node.weight) }
    return node.branches.reduce(0) { $0 + estimate($1) }
  }

  /// The estimated errors of a subtree if other cases reached it.
  private func estimate(_ node: C45Node, _ cases: [Case]) -> Double {
    guard let parts = divide(node, cases) else {
      var counts = [Double](repeating: 0, count: table.labels.count)
      for item in cases { counts[table.targets[Int(item.row)]] += item.weight }
      let weight = counts.reduce(0, +)
      // A leaf in a new place has the class of the cases that now reach it.
      let errors = weight - (counts.max() ?? 0)
      return errors + bound.extraErrors(errors, of: weight)
    }
    return zip(node.branches, parts).reduce(0) { $0 + estimate($1.0, $1.1) }
  }

  /// The cases of each branch; `nil` for a leaf.
  private func divide(_ node: C45Node, _ cases: [Case]) -> [[Case]]? {
    guard let feature = node.feature else { return nil }
    let column = table.columns[feature]
    var parts = [[Case]](repeating: [], count: node.branches.count)
    var missing: [Case] = []
    for item in cases {
      if let index = node.branch(of: column[Int(item.row)]) { parts[index].append(item) } else { missing.append(item) }
    }
    guard !missing.isEmpty else { return parts }
    let known = parts.map { $0.reduce(0) { $0 + $1.weight } }
    let total = known.reduce(0, +)
    for index in parts.indices {
      // Where no case has a value the branches share alike.
      let share = total > 0 ? known[index] / total : 1 / Double(parts.count)
      if share > 0 { parts[index] += missing.map { Case(row: $0.row, weight: $0.weight * share) } }
    }
    return parts
  }
}
