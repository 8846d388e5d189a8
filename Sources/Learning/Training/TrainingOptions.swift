/// How a model is trained. The defaults are the paper's (section 5.1).
package struct TrainingOptions: Sendable, Equatable, Codable {
  /// What it costs to mistake a flow of a class, from the flows of each class in the training data; normalised to a
  /// mean of 1 over the classes that occur.
  package enum ClassCost: String, Sendable, CaseIterable, Codable {
    /// 1 / frequency.
    case inverse
    /// 1 / sqrt(frequency).
    case inverseSquareRoot = "inverse_square_root"
    /// 1.
    case uniform
  }

  /// How the learning rate develops from epoch to epoch.
  package enum Schedule: String, Sendable, CaseIterable, Codable {
    case constant
    /// From the full rate down to none along half a cosine.
    case cosine
    /// A tenth of the rate after two thirds of the epochs.
    case step
  }

  package var epochs = 30
  package var batchSize = 64
  package var learningRate = 0.001
  /// At most 2^53, so that every reader of JSON sees the same number.
  package var seed: UInt64 = 1
  package var loss = LossKind.costSensitive
  package var classCost = ClassCost.inverse
  /// Share of the fully connected layer's values that dropout keeps in training.
  package var keepProbability = 0.8
  /// Chance that a header field, or the payload, is hidden in all packets of a training flow; `nil` hides nothing.
  package var fieldDropout: Double?
  /// Share of the training flows set aside for validation when no validation set is given.
  package var validationFraction = 0.1
  /// Keep the weights of the epoch with the best macro-F1 on the validation set instead of the last.
  package var keepsBestEpoch = true
  /// Stop after this many epochs without a better one; 0 never stops early.
  package var patience = 0
  /// Largest norm of the gradient over all tensors; 0 does not clip.
  package var gradientNorm = 0.0
  package var schedule = Schedule.constant
  /// Share of each parameter, times the learning rate, that a step of the optimiser takes away; `nil` takes nothing.
  package var weightDecay: Double?
  /// How far laboratories count alike, 0...1: flows of one laboratory and class count n of them to the power of minus this; `nil` counts
  /// each flow alike.
  package var laboratoryWeight: Double?
  /// Most training flows that the model keeps to tell how familiar a flow is; `nil` keeps none.
  package var references: Int?

  package init() {}

  /// Why training cannot run so, as a sentence; `nil` when it can.
  package var fault: String? {
    if !(1...100_000).contains(epochs) { return "epochs is \(epochs), not in 1...100000" }
    if !(1...65_536).contains(batchSize) { return "batch_size is \(batchSize), not in 1...65536" }
    if !(learningRate > 0 && learningRate <= 1) { return "learning_rate is \(learningRate), not in 0...1" }
    if !(keepProbability > 0 && keepProbability <= 1) { return "keep_probability is \(keepProbability), not in 0...1" }
    if let fieldDropout, !(fieldDropout > 0 && fieldDropout < 1) {
      return "field_dropout is \(fieldDropout), not between 0 and 1"
    }
    if !(validationFraction >= 0 && validationFraction < 1) {
      return "validation_fraction is \(validationFraction), not in 0..<1"
    }
    if let weightDecay, !(weightDecay > 0 && weightDecay <= 1) {
      return "weight_decay is \(weightDecay), not above 0 and at most 1"
    }
    if let laboratoryWeight, !(laboratoryWeight >= 0 && laboratoryWeight <= 1) {
      return "laboratory_weight is \(laboratoryWeight), not in 0...1"
    }
    if let references, !(1...ReferenceFlows.limit).contains(references) {
      return "references is \(references), not in 1...\(ReferenceFlows.limit)"
    }
    if seed > 1 << 53 { return "seed is \(seed), beyond 2^53" }
    if patience < 0 { return "patience is \(patience), below 0" }
    if !(gradientNorm >= 0 && gradientNorm.isFinite) { return "gradient_norm is \(gradientNorm), below 0" }
    return nil
  }

  private enum CodingKeys: String, CodingKey {
    case epochs, seed, loss, patience, schedule, references
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
    case classCost = "class_cost"
    case keepProbability = "keep_probability"
    case fieldDropout = "field_dropout"
    case laboratoryWeight = "laboratory_weight"
    case weightDecay = "weight_decay"
    case validationFraction = "validation_fraction"
    case keepsBestEpoch = "keeps_best_epoch"
    case gradientNorm = "gradient_norm"
  }
}
