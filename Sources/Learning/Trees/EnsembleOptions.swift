/// Boosted trees beside a network: how they are grown, and what they count.
package struct EnsembleOptions: Sendable, Equatable, Codable {
  package var trees = XGBoostOptions()
  /// What the trees' scores are multiplied by before they are added to the network's outputs.
  package var weight: Double

  /// Trees that take small steps, of which each sees part of the flows and few of the many bytes.
  ///
  /// - Parameter seed: its lowest 31 bits count; the library takes no more.
  package init(rounds: Int, weight: Double = 2, seed: UInt64) {
    self.weight = weight
    (trees.rounds, trees.seed) = (rounds, seed & UInt64(Int32.max))
    (trees.learningRate, trees.rowShare, trees.featureShare) = (0.2, 0.8, 0.3)
  }

  /// Why no trees can be so, as a sentence; `nil` when they can.
  package var fault: String? {
    if !(weight > 0 && weight <= 100) { return "the weight of the trees is \(weight), not above 0 and at most 100" }
    return trees.fault
  }
}
