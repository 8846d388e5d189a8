import Traffic

/// Boosted trees beside a network: they see what it sees, and their scores are added to its outputs.
///
/// Both are logits, so the sum is that of two opinions about the same flow (a logarithmic pool); the temperatures fitted
/// on it make it as sure as it is right, where the two agree and where they do not.
struct EnsembleTrees: Sendable, Equatable {
  let trees: BoostedTrees
  private let features: ContractFeatures
  private let weight: Float

  /// - Parameter trees: grown on `features`.
  init(_ trees: BoostedTrees, _ features: ContractFeatures, weight: Double) {
    self.trees = trees
    self.features = features
    self.weight = Float(weight)
  }

  /// The trees beside a network, taken from its model's tensors, of which nothing is believed.
  ///
  /// - Returns: `nil` for a network alone.
  init?(_ description: ModelDescription, _ tensors: [String: Tensor]) throws(ModelFileError) {
    guard let options = description.ensemble, let features = ContractFeatures(description.contract) else { return nil }
    let trees = try BoostedTrees(
      features: features.features, labels: description.labels,
      tensors: tensors.filter { BoostedTrees.tensorNames.contains($0.key) })
    self.init(trees, features, weight: options.weight)
  }

  /// Adds the weighted score of each class to the outputs r [K] of each answer.
  ///
  /// - Parameter indices: for each answer, its flow's place in `flows`.
  func add(to answers: inout [NetworkAnswer], of flows: borrowing [ObservedFlow], _ indices: [Int]) {
    for (place, index) in indices.enumerated() {
      let scores = trees.scores(features.values(of: flows[index]))
      answers[place].isContested =
        DecisionRule.first(scores, sign: 1) != DecisionRule.first(answers[place].outputs, sign: 1)
      for (label, score) in scores.enumerated() { answers[place].outputs[label] += weight * score }
    }
  }
}
