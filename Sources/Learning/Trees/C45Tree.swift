/// A decision tree of C4.5 (Quinlan 1993), grown and ready to classify.
package struct C45Tree: Sendable, Equatable {
  package let features: [Feature]
  package let labels: [String]
  /// Nodes level by level from the root; the branches of a node follow those of the nodes before it.
  private(set) var nodes: [Node]

  struct Node: Sendable, Equatable {
    /// Index in `features`; -1 for a leaf.
    var feature: Int
    /// Values at most this large go to the first of two branches; `nil` for a leaf or a nominal feature.
    var threshold: Float?
    /// Index of the first branch; 0 for a leaf.
    var firstBranch: Int
    /// Number of branches: 2 for a number, one a category for a nominal feature, 0 for a leaf.
    var branchCount: Int
    /// Class where no training case reached the leaf.
    var label: Int
    /// Weight of the training cases of each class.
    var counts: [Float]
    var weight: Float { counts.reduce(0, +) }
  }

  /// Grows a tree on a table and prunes it. The same table and options give the same tree.
  package init(growingOn table: FeatureTable, options: C45Options = C45Options()) {
    var grower = C45Grower(table, options)
    let root = grower.grow()
    if options.isPruned { C45Pruner(table, options).prune(root) }
    self.init(features: table.features, labels: table.labels, nodes: Self.flattened(root))
  }

  init(features: [Feature], labels: [String], nodes: [Node]) {
    self.features = features
    self.labels = labels
    self.nodes = nodes
  }

  private static func flattened(_ root: C45Node) -> [Node] {
    var order = [root]
    var nodes: [Node] = []
    while nodes.count < order.count {
      let node = order[nodes.count]
      nodes.append(
        Node(
          feature: node.feature ?? -1, threshold: node.threshold, firstBranch: node.feature == nil ? 0 : order.count,
          branchCount: node.branches.count, label: node.label, counts: node.counts.map { Float($0) }))
      order += node.branches
    }
    return nodes
  }

  package var nodeCount: Int { nodes.count }
  package var leafCount: Int { nodes.count { $0.feature < 0 } }

  /// The probability of each class: the shares of the training cases at the leaf a row reaches. A row whose value is
  /// missing goes down every branch, with the weight of the training cases there.
  ///
  /// - Parameters:
  ///   - row: one value for each feature; NaN is missing. A row of another length counts as all missing.
  ///   - prior: cases of each class that every leaf is taken to have seen beside its own. With 0 most leaves are sure of
  ///     what they say; 1 is Laplace's correction, by which a leaf of few cases is less sure than one of many.
  package func probabilities(_ row: [Float], prior: Float = 0) -> [Float] {
    var result = [Float](repeating: 0, count: labels.count)
    var pending: [(node: Int, weight: Float)] = [(0, 1)]
    // The branches of a node come after it, so this ends: a node is visited once at most.
    while let (index, weight) = pending.popLast() {
      let node = nodes[index]
      if node.feature < 0 {
        let total = node.weight + prior * Float(labels.count)
        if total > 0 {
          for label in labels.indices { result[label] += weight * (node.counts[label] + prior) / total }
        } else {
          result[node.label] += weight
        }
      } else if let branch = branch(of: row.count == features.count ? row[node.feature] : .nan, node) {
        pending.append((node.firstBranch + branch, weight))
      } else {
        let branches = node.firstBranch..<node.firstBranch + node.branchCount
        let total = branches.reduce(0) { $0 + nodes[$1].weight }
        for branch in branches {
          let share = total > 0 ? nodes[branch].weight / total : 1 / Float(node.branchCount)
          if share > 0 { pending.append((branch, weight * share)) }
        }
      }
    }
    return result
  }

  private func branch(of value: Float, _ node: Node) -> Int? {
    if value.isNaN { return nil }
    if let threshold = node.threshold { return value <= threshold ? 0 : 1 }
    guard let index = Int(exactly: value), (0..<node.branchCount).contains(index) else { return nil }
    return index
  }
}
