extension BoostedTrees {
  static let tensorNames = [
    "base_score", "trees.label", "trees.size", "nodes.feature", "nodes.value", "nodes.missing_first",
  ]
  /// Only of trees that were grown with what each node is expected to add.
  static let expectedName = "nodes.expected"

  /// The names of the tensors there are.
  var names: [String] { Self.tensorNames + (knowsExpected ? [Self.expectedName] : []) }

  /// The trees as tensors: `base_score` [1]; for T trees `trees.label` and `trees.size` [T]; for the N nodes of all trees,
  /// one after the other, `nodes.feature`, `nodes.value` and `nodes.missing_first` [N]. `schemas/model-file.md` says what
  /// they hold.
  package var tensors: [String: Tensor] {
    let nodes = trees.flatMap(\.nodes)
    func vector(_ values: [Float]) -> Tensor { Tensor(shape: [values.count], values: values) }
    var tensors = [
      "base_score": vector([baseScore]),
      "trees.label": vector(trees.map { Float($0.label) }),
      "trees.size": vector(trees.map { Float($0.nodes.count) }),
      "nodes.feature": vector(nodes.map { Float($0.feature) }),
      "nodes.value": vector(nodes.map(\.value)),
      "nodes.missing_first": vector(nodes.map { $0.missingGoesFirst ? 1 : 0 }),
    ]
    if knowsExpected { tensors[Self.expectedName] = vector(nodes.map(\.expected)) }
    return tensors
  }

  /// Puts the trees together from their tensors, of which nothing is believed.
  package init(
    features: [Feature], labels: [String], tensors: [String: Tensor]
  ) throws(ModelFileError) {
    let hasExpected = tensors[Self.expectedName] != nil
    let reader = try TreeTensors(tensors, named: Self.tensorNames + (hasExpected ? [Self.expectedName] : []))
    let treeCount = try reader.count("trees.size"), nodeCount = try reader.count("nodes.feature")
    let base = try reader.values("base_score", shape: [1])
    let label = try reader.wholeNumbers("trees.label", 0..<labels.count, shape: [treeCount])
    let size = try reader.wholeNumbers("trees.size", 1..<nodeCount + 1, shape: [treeCount])
    let feature = try reader.wholeNumbers("nodes.feature", -1..<features.count, shape: [nodeCount])
    let value = try reader.values("nodes.value", shape: [nodeCount])
    let missingFirst = try reader.wholeNumbers("nodes.missing_first", 0..<2, shape: [nodeCount])
    let expected = hasExpected ? try reader.values(Self.expectedName, shape: [nodeCount]) : []
    guard size.reduce(0, +) == nodeCount else {
      throw ModelFileError(.badTensor, "the trees have \(size.reduce(0, +)) nodes together, the file has \(nodeCount)")
    }
    var trees: [Tree] = []
    var start = 0
    for (index, size) in size.enumerated() {
      var nodes: [Node] = []
      var next = 1
      for place in 0..<size {
        let isLeaf = feature[start + place] < 0
        nodes.append(
          Node(
            feature: Int32(feature[start + place]), value: value[start + place],
            missingGoesFirst: missingFirst[start + place] == 1, firstBranch: isLeaf ? 0 : Int32(next),
            expected: hasExpected ? expected[start + place] : 0))
        next += isLeaf ? 0 : 2
        guard next > place + 1 || place + 1 == size, next <= size else {
          throw ModelFileError(.badTensor, "the nodes of tree \(index) do not follow from each other at node \(place)")
        }
      }
      guard next == size else {
        throw ModelFileError(.badTensor, "tree \(index) has \(size) nodes, of which \(next) can be reached")
      }
      trees.append(Tree(label: label[index], nodes: nodes))
      start += size
    }
    self.init(features: features, labels: labels, baseScore: base[0], trees: trees, knowsExpected: hasExpected)
  }
}
