package import Records

/// What the outputs of a model mean.
package enum LossKind: String, Sendable, CaseIterable, Codable {
  /// Eq. (8)-(10): outputs estimate costs, the label is the cheapest, probabilities are softmax(-r / T).
  case costSensitive = "cost-sensitive"
  /// Outputs are logits, probabilities are softmax(r / T).
  case crossEntropy = "cross-entropy"

  /// -1 where a smaller output is better.
  package var sign: Float { self == .costSensitive ? -1 : 1 }
}

/// How a model was made, as far as it can be said. Dates and commands are the caller's.
package struct TrainingProvenance: Sendable, Equatable, Codable {
  /// SHA-256 of the training data, in hexadecimal, sorted.
  package var dataSHA256: [String] = []
  /// How the data were split, such as `random` or `grouped`.
  package var split = ""
  package var flows = 0
  package var options: TrainingOptions
  /// The epoch whose weights were kept, from 1, and how many were run.
  package var keptEpoch = 0, epochs = 0
  package var command = ""
  package var toolVersion = ""
  /// RFC 3339, given by the caller.
  package var date = ""

  package init(options: TrainingOptions) { self.options = options }

  private enum CodingKeys: String, CodingKey {
    case split, flows, options, epochs, command, date
    case dataSHA256 = "data_sha256"
    case keptEpoch = "kept_epoch"
    case toolVersion = "tool_version"
  }
}

/// Error rates measured on one kind of test data.
package struct MeasuredRates: Sendable, Equatable, Codable {
  /// `random`, `grouped`, or what else the caller calls the test data.
  package var split: String
  package var flows: Int
  package var accuracy: Double
  package var macroF1: Double
  /// Share of the flows that got a label, and share of these whose label is wrong.
  package var coverage: Double, errorRate: Double

  package init(split: String, flows: Int, accuracy: Double, macroF1: Double, coverage: Double, errorRate: Double) {
    self.split = split
    self.flows = flows
    self.accuracy = accuracy
    self.macroF1 = macroF1
    self.coverage = coverage
    self.errorRate = errorRate
  }

  private enum CodingKeys: String, CodingKey {
    case split, flows, accuracy, coverage
    case macroF1 = "macro_f1"
    case errorRate = "error_rate"
  }
}

/// Everything a model file says apart from its tensors.
package struct ModelDescription: Sendable, Equatable {
  package var shape: NetworkShape
  /// Labels in the order of the outputs: at least two, each once, none empty.
  package var labels: [String]
  package var contract: InputContract
  package var loss: LossKind
  /// T: outputs are divided by it before the softmax; in 0.001...1000.
  package var temperature = 1.0
  /// Confidence below which the model abstains, in 0...1.
  package var threshold = 0.0
  package var training: TrainingProvenance?
  package var errorRates: [MeasuredRates] = []
  package var licence: String?

  package init(labels: [String], contract: InputContract, shape: NetworkShape, loss: LossKind) {
    self.labels = labels
    self.contract = contract
    self.shape = shape
    self.loss = loss
  }

  package var architecture: Architecture { shape.architecture }
  package var layout: TensorLayout { shape.tensors(contract, outputs: labels.count) }

  /// Why no model can be so, as a sentence; `nil` when one can.
  package var fault: String? {
    if let fault = contract.fault ?? shape.fault(on: contract) { return fault }
    if shape.treeRecipe != nil, loss != .crossEntropy {
      return "\(architecture.rawValue) gives probabilities, and the loss is \(loss.rawValue)"
    }
    if !(2...4096).contains(labels.count) { return "there are \(labels.count) labels, not 2 to 4096" }
    if labels.contains("") { return "a label is empty" }
    if Set(labels).count != labels.count { return "a label is listed twice" }
    if !(0.001...1000).contains(temperature) { return "temperature is \(temperature), not in 0.001...1000" }
    if !(0...1).contains(threshold) { return "threshold is \(threshold), not in 0...1" }
    return nil
  }

  /// The model as a case refers to it.
  /// - Parameter sha256: digest of the whole model file.
  package func record(sha256: SHA256Digest) -> ModelRecord {
    ModelRecord(
      sha256: sha256, architecture: architecture.rawValue, labels: labels, packetCount: contract.packets,
      threshold: threshold, metadataJSON: JSONValue.object(metadata.mapValues { .string($0) }).canonicalText)
  }
}
