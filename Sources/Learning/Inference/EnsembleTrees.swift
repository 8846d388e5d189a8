import Traffic

/// Boosted trees beside a network: they see what it sees, and their scores are added to its outputs.
///
/// Both are logits, so the sum is that of two opinions about the same flow (a logarithmic pool); the temperature fitted
/// on it makes it as sure as it is right.
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

  /// Adds the weighted score of each class to r [K].
  func add(to outputs: inout [Float], for flow: ObservedFlow) {
    for (label, score) in trees.scores(features.values(of: flow)).enumerated() { outputs[label] += weight * score }
  }
}
