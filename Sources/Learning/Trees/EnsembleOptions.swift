/// Boosted trees beside a network: how they are grown, and what they count.
package struct EnsembleOptions: Sendable, Equatable, Codable {
  /// What the trees see.
  package enum Input: String, Sendable, CaseIterable, Codable {
    /// The bytes and channels of the contract, as the network does (``ContractFeatures``).
    case bytes
    /// Header fields, sums and names (``FieldFeatures``).
    case fields
  }

  package var trees = XGBoostOptions()
  /// What the trees' scores are multiplied by before they are added to the network's outputs.
  package var weight: Double
  /// What they see; `nil` for bytes.
  package var input: Input?
  /// The words that have a column each, where they see fields.
  package var vocabulary: [String]?
  /// Rounds of the trees that tell the labels of a class apart; `nil` where each label is a class of its own.
  package var labelRounds: Int?
  /// Whether each training flow is learned from a second time with fields hidden; `nil` for no.
  package var learnsHidden: Bool?

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
    if let vocabulary {
      if vocabulary.count > NameWords.limit {
        return "the vocabulary has \(vocabulary.count) words, more than \(NameWords.limit)"
      }
      if Set(vocabulary).count != vocabulary.count { return "a word of the vocabulary is listed twice" }
      if input != .fields { return "trees on bytes have a vocabulary" }
    }
    if let labelRounds, !(1...10_000).contains(labelRounds) {
      return "the rounds within classes are \(labelRounds), not in 1...10000"
    }
    return trees.fault
  }

  private enum CodingKeys: String, CodingKey {
    case trees, weight, input, vocabulary
    case labelRounds = "label_rounds"
    case learnsHidden = "learns_hidden"
  }
}
