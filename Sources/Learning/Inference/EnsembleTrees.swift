import Records
import Traffic

/// Boosted trees beside a network: their scores are added to its outputs.
///
/// Both are logits, so the sum is that of two opinions about the same flow (a logarithmic pool); the temperatures fitted on it make it
/// as sure as it is right. Where labels stand under classes, one set of trees tells the classes apart and another the labels within
/// a class, by their places in it: what makes `Vpn_Chat` of `Chat` makes `Vpn_Voip` of `Voip`, so all classes teach it together.
struct EnsembleTrees: Sendable, Equatable {
  /// Trees whose labels are the classes.
  let classTrees: BoostedTrees
  /// Trees whose labels are places within a class; `nil` where each label is a class of its own.
  let labelTrees: BoostedTrees?
  private let input: EnsembleInput
  private let tree: LabelTree
  private let weight: Float

  /// In the names of the tensors of ``labelTrees``.
  static let labelPrefix = "within."
  /// The names of the tensors there are.
  var tensorNames: [String] { classTrees.names + (labelTrees?.names ?? []).map { Self.labelPrefix + $0 } }

  /// - Parameters:
  ///   - classTrees: grown on `input`, for the classes of `tree`. - labelTrees: for the places within a class.
  init(
    _ classTrees: BoostedTrees, _ labelTrees: BoostedTrees?, _ input: EnsembleInput, _ tree: LabelTree, weight: Double
  ) {
    self.classTrees = classTrees
    self.labelTrees = labelTrees
    self.input = input
    self.tree = tree
    self.weight = Float(weight)
  }

  /// The trees beside a network, taken from its model's tensors, of which nothing is believed.
  ///
  /// - Returns: `nil` for a network alone.
  init?(_ description: ModelDescription, _ tensors: [String: Tensor]) throws(ModelFileError) {
    guard let options = description.ensemble, let input = EnsembleInput(options, description.contract) else {
      return nil
    }
    let tree = description.tree, features = input.features
    let own = tensors.filter { BoostedTrees.tensorNames.contains($0.key) || $0.key == BoostedTrees.expectedName }
    let classTrees = try BoostedTrees(features: features, labels: tree.classes, tensors: own)
    var labelTrees: BoostedTrees?
    if options.labelRounds != nil {
      var within: [String: Tensor] = [:]
      for (name, tensor) in tensors where name.hasPrefix(Self.labelPrefix) {
        within[String(name.dropFirst(Self.labelPrefix.count))] = tensor
      }
      labelTrees = try BoostedTrees(features: features, labels: Self.places(tree), tensors: within)
    }
    self.init(classTrees, labelTrees, input, tree, weight: options.weight)
  }

  /// The places that labels have within their classes, as labels of ``labelTrees``.
  static func places(_ tree: LabelTree) -> [String] {
    (0..<(tree.members.map(\.count).max() ?? 0)).map { "\($0)" }
  }

  var tensors: [String: Tensor] {
    var tensors = classTrees.tensors
    for (name, tensor) in labelTrees?.tensors ?? [:] { tensors[Self.labelPrefix + name] = tensor }
    return tensors
  }

  /// Adds the weighted scores to the outputs r [K] of each answer, and says what each packet contributes.
  ///
  /// - Parameter indices: for each answer, its flow's place in `flows`.
  func add(to answers: inout [NetworkAnswer], of flows: borrowing [ObservedFlow], _ indices: [Int]) {
    for (place, index) in indices.enumerated() {
      let row = input.values(of: flows[index])
      let scores = classTrees.scores(row)
      let likely: Int
      if tree.isFlat {
        answers[place].isContested =
          DecisionRule.first(scores, sign: 1) != DecisionRule.first(answers[place].outputs, sign: 1)
        for (label, score) in scores.enumerated() { answers[place].outputs[label] += weight * score }
        likely = DecisionRule.first(answers[place].outputs, sign: 1)
      } else {
        likely = pool(scores, labelTrees?.scores(row), into: &answers[place])
      }
      if classTrees.knowsExpected {
        answers[place].contributions = contributions(likely, row, packets: flows[index].packets.count)
      }
    }
  }

  /// The score of a class is the network's (ln of the sum of exp(r) over its labels) and the trees', that of a label within it likewise.
  ///
  /// - Returns: the most probable class.
  private func pool(_ scores: [Float], _ within: [Float]?, into answer: inout NetworkAnswer) -> Int {
    var pooled: [Float] = []
    for (place, labels) in tree.members.enumerated() {
      let outputs = labels.map { answer.outputs[$0] }
      let own = Softmax.logarithmOfSum(outputs)
      let score = own + weight * scores[place]
      pooled.append(score)
      guard labels.count > 1 else {
        answer.outputs[labels[0]] = score
        continue
      }
      let ofTrees = within.map { Softmax.logarithms(Array($0.prefix(labels.count))) }
      let combined = outputs.indices.map { outputs[$0] - own + weight * (ofTrees?[$0] ?? 0) }
      for (label, logarithm) in zip(labels, Softmax.logarithms(combined)) { answer.outputs[label] = score + logarithm }
    }
    return DecisionRule.first(pooled, sign: 1)
  }

  /// What each packet adds to the weighted score of a class.
  private func contributions(_ place: Int, _ row: [Float], packets: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: min(packets, input.packets))
    classTrees.forEachChange(of: place, row) { feature, change in
      if let packet = input.packet(of: feature), packet < sums.count { sums[packet] += weight * change }
    }
    return sums
  }

  /// Some flows of a dataset as rows of what the trees for classes see.
  ///
  /// - Parameter place: the class of a label.
  func table(_ dataset: Dataset, _ indices: [Int], _ place: (Int) -> Int) -> FeatureTable {
    var table = FeatureTable(features: input.features, labels: tree.classes)
    for index in indices {
      table.append(input.values(of: dataset.examples[index].flow), label: place(dataset.examples[index].label))
    }
    return table
  }

  /// These trees and others for the same classes behind them.
  ///
  /// - Parameter scale: what a score of the others is in the outputs of the whole.
  func adding(_ others: BoostedTrees, scale: Double) -> EnsembleTrees {
    let factor = Float(scale) / weight
    let added = others.trees.map { tree in
      var tree = tree
      for index in tree.nodes.indices {
        if tree.nodes[index].feature < 0 { tree.nodes[index].value *= factor }
        tree.nodes[index].expected *= factor
      }
      return tree
    }
    let classes = BoostedTrees(
      features: classTrees.features, labels: classTrees.labels, baseScore: classTrees.baseScore,
      trees: classTrees.trees + added, knowsExpected: classTrees.knowsExpected)
    return EnsembleTrees(classes, labelTrees, input, tree, weight: Double(weight))
  }
}
