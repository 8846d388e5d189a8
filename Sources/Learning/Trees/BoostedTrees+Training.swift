extension BoostedTrees {
  /// Boosts trees on a table of numbers. The same table, options and library give the same trees.
  ///
  /// - Parameters:
  ///   - weights: what each row counts; all alike where it is `nil`.
  ///   - margins: scores that the first tree begins from, row by row one for each class; `nil` for none.
  package init(
    boostingOn table: FeatureTable, weights: [Float]? = nil, margins: [Float]? = nil,
    options: XGBoostOptions = XGBoostOptions()
  ) throws(XGBoostError) {
    if let fault = options.fault { throw XGBoostError(description: fault) }
    if let nominal = table.features.first(where: { $0.categories != nil }) {
      throw XGBoostError(
        description: "xgboost takes numbers only, and '\(nominal.name)' is a list of values; leave it out or use c4.5")
    }
    guard table.rowCount > 0 else { throw XGBoostError(description: "the table has no rows to train on") }
    var values: [Float] = []
    values.reserveCapacity(table.rowCount * table.features.count)
    for row in 0..<table.rowCount { for column in table.columns { values.append(column[row]) } }
    let json = try XGBoostLibrary.train(
      values: values, features: table.features.count, labels: table.targets.map { Float($0) },
      weights: weights, margins: margins, parameters: options.parameters(classes: table.labels.count),
      rounds: options.rounds)
    guard let trees = Self(json: json, features: table.features, labels: table.labels) else {
      throw XGBoostError(description: "libxgboost wrote a model that this program does not understand")
    }
    self = trees
  }

  /// Takes the trees out of the library's JSON format, as of its versions 1 and 2.
  init?(json: [UInt8], features: [Feature], labels: [String]) {
    guard let root = try? JSONValue(parsing: json), let learner = root.members?["learner"]?.members,
      let baseScore = learner["learner_model_param"]?.members?["base_score"]?.text.flatMap({ Float($0) }),
      let model = learner["gradient_booster"]?.members?["model"]?.members,
      let classes = model["tree_info"]?.elements?.map(\.wholeNumber), let trees = model["trees"]?.elements,
      trees.count == classes.count
    else { return nil }
    var read: [Tree] = []
    for (tree, label) in zip(trees, classes) {
      guard let label, labels.indices.contains(label), let members = tree.members,
        let nodes = Self.nodes(members, features: features.count)
      else { return nil }
      read.append(Tree(label: label, nodes: nodes))
    }
    self.init(features: features, labels: labels, baseScore: baseScore, trees: read, knowsExpected: true)
  }

  /// The nodes of one tree level by level; those that pruning cut off are left out.
  private static func nodes(_ tree: [String: JSONValue], features: Int) -> [Node]? {
    func wholeNumbers(_ name: String) -> [Int] { (tree[name]?.elements ?? []).compactMap(\.wholeNumber) }
    let lefts = wholeNumbers("left_children"), rights = wholeNumbers("right_children")
    let indices = wholeNumbers("split_indices")
    let values = (tree["split_conditions"]?.elements ?? []).compactMap { value -> Float? in
      if case .number(let number) = value { Float(number) } else { nil }
    }
    // Some versions write the default direction as truth values.
    let missing = (tree["default_left"]?.elements ?? []).map { $0 == .bool(true) || $0 == .number(1) }
    let hessians = (tree["sum_hessian"]?.elements ?? []).compactMap { value -> Float? in
      if case .number(let number) = value { Float(number) } else { nil }
    }
    let count = lefts.count
    guard count > 0, [rights.count, indices.count, values.count, missing.count].allSatisfy({ $0 == count }),
      hessians.isEmpty || hessians.count == count
    else {
      return nil
    }
    var order = [0]
    var nodes: [Node] = [], cover: [Float] = []
    while nodes.count < order.count {
      let index = order[nodes.count]
      guard lefts.indices.contains(index), order.count <= count else { return nil }
      let isLeaf = lefts[index] < 0
      guard isLeaf || (0..<features).contains(indices[index]) else { return nil }
      nodes.append(
        Node(
          feature: isLeaf ? -1 : Int32(indices[index]), value: values[index], missingGoesFirst: missing[index],
          firstBranch: isLeaf ? 0 : Int32(order.count), expected: isLeaf ? values[index] : 0))
      cover.append(hessians.isEmpty ? 1 : hessians[index])
      if !isLeaf { order += [lefts[index], rights[index]] }
    }
    for place in nodes.indices.reversed() where nodes[place].feature >= 0 {
      let branch = Int(nodes[place].firstBranch), total = cover[branch] + cover[branch + 1]
      let share = total > 0 ? cover[branch] / total : 0.5
      nodes[place].expected = share * nodes[branch].expected + (1 - share) * nodes[branch + 1].expected
    }
    return nodes
  }
}
