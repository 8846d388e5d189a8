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

  /// Flows whose values are looked at together: as many as fit in a near cache.
  private static let blockRows = 32

  /// Adds the weighted score of each class to the outputs r [K] of each answer.
  ///
  /// - Parameter indices: for each answer, its flow's place in `flows`.
  func add(to answers: inout [NetworkAnswer], of flows: borrowing [ObservedFlow], _ indices: [Int]) {
    let classes = trees.labels.count
    var values: [Float] = []
    for start in stride(from: 0, to: indices.count, by: Self.blockRows) {
      values.removeAll(keepingCapacity: true)
      let block = indices[start..<min(start + Self.blockRows, indices.count)]
      for index in block { values += features.values(of: flows[index]) }
      let scores = trees.scores(rows: values)
      for place in block.indices {
        for label in 0..<classes {
          answers[place].outputs[label] += weight * scores[(place - start) * classes + label]
        }
      }
    }
  }
}
