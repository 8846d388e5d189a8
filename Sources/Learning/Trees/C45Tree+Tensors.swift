extension C45Tree {
  /// The tree as tensors: for N nodes and K classes `tree.feature`, `tree.threshold` and `tree.label` [N], and
  /// `tree.counts` [N, K]. `schemas/model-file.md` says what they hold.
  package var tensors: [String: Tensor] {
    func vector(_ value: (Node) -> Float) -> Tensor { Tensor(shape: [nodes.count], values: nodes.map(value)) }
    return [
      "tree.feature": vector { Float($0.feature) },
      "tree.threshold": vector { $0.threshold ?? 0 },
      "tree.label": vector { Float($0.label) },
      "tree.counts": Tensor(shape: [nodes.count, labels.count], values: nodes.flatMap(\.counts)),
    ]
  }

  /// Puts a tree together from its tensors, of which nothing is believed.
  package init(
    features: [Feature], labels: [String], tensors: [String: Tensor]
  ) throws(ModelFileError) {
    let reader = try TreeTensors(tensors, named: ["tree.feature", "tree.threshold", "tree.label", "tree.counts"])
    let count = try reader.count("tree.feature")
    let feature = try reader.wholeNumbers("tree.feature", -1..<features.count, shape: [count])
    let label = try reader.wholeNumbers("tree.label", 0..<labels.count, shape: [count])
    let threshold = try reader.values("tree.threshold", shape: [count])
    let counts = try reader.values("tree.counts", shape: [count, labels.count])
    guard counts.allSatisfy({ $0 >= 0 && $0 <= 1e9 }) else {
      throw ModelFileError(.badTensor, "the tensor 'tree.counts' has a value not in 0...10^9")
    }
    var nodes: [Node] = []
    nodes.reserveCapacity(count)
    var next = 1
    for index in 0..<count {
      let kind = feature[index] < 0 ? nil : features[feature[index]]
      let branchCount = kind.map { $0.categories?.count ?? 2 } ?? 0
      nodes.append(
        Node(
          feature: feature[index],
          threshold: kind != nil && kind?.categories == nil ? threshold[index] : nil,
          firstBranch: branchCount > 0 ? next : 0, branchCount: branchCount, label: label[index],
          counts: Array(counts[index * labels.count..<(index + 1) * labels.count])))
      next += branchCount
      guard next > index + 1 || index + 1 == count, next <= count else {
        throw ModelFileError(.badTensor, "the nodes of the tree do not follow from each other at node \(index)")
      }
    }
    guard next == count else {
      throw ModelFileError(.badTensor, "the tree has \(count) nodes, of which \(next) can be reached")
    }
    self.init(features: features, labels: labels, nodes: nodes)
  }
}
