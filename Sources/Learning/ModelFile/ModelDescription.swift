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
  /// What ``FlowFingerprint/digest(of:)`` says of each flow it was trained on, sorted, each once; `nil` where they are not
  /// kept.
  package var flowDigests: [String]?
  /// Most flows whose digests a model file keeps.
  package static let flowDigestLimit = 65_536
  /// How the data were split, such as `random` or `grouped`.
  package var split = ""
  package var flows = 0
  /// Flows of another network that the model was adapted to, and the SHA-256 of the model it was before; `nil` for a model that was not.
  package var adaptedFlows: Int?, adaptedFrom: String?
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
    case adaptedFlows = "adapted_flows"
    case adaptedFrom = "adapted_from"
    case flowDigests = "flow_digests"
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
  /// Mean distance of confidence and accuracy, ``Metrics/calibrationError``; `nil` where it was not measured.
  package var calibrationError: Double?
  /// For each label, how often it was given and how often wrongly; `nil` where it was not measured.
  package var labels: [LabelRate]?

  package init(
    split: String, flows: Int, accuracy: Double, macroF1: Double, coverage: Double, errorRate: Double,
    calibrationError: Double? = nil, labels: [LabelRate]? = nil
  ) {
    self.split = split
    self.flows = flows
    self.accuracy = accuracy
    self.macroF1 = macroF1
    self.coverage = coverage
    self.errorRate = errorRate
    self.calibrationError = calibrationError
    self.labels = labels
  }

  private enum CodingKeys: String, CodingKey {
    case split, flows, accuracy, coverage, labels
    case macroF1 = "macro_f1"
    case errorRate = "error_rate"
    case calibrationError = "calibration_error"
  }
}

/// What one label was worth on test data.
package struct LabelRate: Sendable, Equatable, Codable {
  package var label: String
  /// Flows tested that are of this class.
  package var flows: Int
  /// Flows that got the label, and those among them that are of another class.
  package var given: Int, wrong: Int

  package init(label: String, flows: Int, given: Int, wrong: Int) {
    (self.label, self.flows, self.given, self.wrong) = (label, flows, given, wrong)
  }
}

/// Everything a model file says apart from its tensors.
package struct ModelDescription: Sendable, Equatable {
  package var shape: NetworkShape
  /// Labels in the order of the outputs: at least two, each once, none empty.
  package var labels: [String]
  /// For each label, the name of the class it stands under; `nil` where each label is a class of its own.
  package var parents: [String]?
  /// Classes that stand for what is none of the others, such as `Web`; sorted. `nil` for none.
  package var outside: [String]?
  package var contract: InputContract
  package var loss: LossKind
  /// The boosted trees beside the network; `nil` for a network alone.
  package var ensemble: EnsembleOptions?
  /// T: outputs are divided by it before the softmax; in 0.001...1000.
  package var temperature = 1.0
  /// Of flows about which the network and the trees beside it speak for different labels; `nil` for the same.
  package var contestedTemperature: Double?
  /// T of the labels within a class; `nil` for ``temperature``.
  package var labelTemperature: Double?
  /// Confidence below which the model abstains, in 0...1.
  package var threshold = 0.0
  /// For each class, in the order of ``LabelTree/classes``, the smallest probability it is given at; `nil` for one that is never given.
  package var classThresholds: [Double?]?
  /// Share of probability that the set of a flow's classes has; `nil` for no sets.
  package var setShare: Double?
  /// For each label the smallest similarity it is given at (in a model without references, confidence), at least -1;
  /// `nil` for a label that is never given. `nil` asks for none.
  package var labelThresholds: [Double?]?
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
  /// Such as `attention-lstm`, and `attention-lstm and trees`.
  package var kind: String { ensemble == nil ? architecture.rawValue : "\(architecture.rawValue) and trees" }
  package var layout: TensorLayout { shape.tensors(contract, outputs: labels.count) }

  package var tree: LabelTree { LabelTree(labels: labels, parents: parents) }

  package var decisionRule: DecisionRule {
    get {
      var rule = DecisionRule(loss, tree)
      (rule.temperature, rule.contestedTemperature) = (temperature, contestedTemperature)
      (rule.labelTemperature, rule.setShare) = (labelTemperature, setShare)
      (rule.threshold, rule.classThresholds, rule.labelThresholds) = (threshold, classThresholds, labelThresholds)
      return rule
    }
    set {
      (loss, temperature, contestedTemperature) = (newValue.loss, newValue.temperature, newValue.contestedTemperature)
      (labelTemperature, setShare) = (newValue.labelTemperature, newValue.setShare)
      (threshold, classThresholds) = (newValue.threshold, newValue.classThresholds)
      labelThresholds = newValue.labelThresholds
    }
  }

  /// Features a flow has before the fully connected layers: the width of ``ReferenceFlows``. `nil` where a flow has none
  /// of its own.
  package var featureCount: Int? {
    switch shape {
    case .attentionLSTM, .han, .cnn1D, .cnnLSTM: layout.entries.first { $0.name == "hidden.weight" }?.shape.last
    case .deepPacket, .c45, .xgboost: nil
    }
  }

  /// Why no model can be so, as a sentence; `nil` when one can.
  package var fault: String? {
    if let fault = contract.fault ?? shape.fault(on: contract) { return fault }
    if shape.treeRecipe != nil, loss != .crossEntropy {
      return "\(architecture.rawValue) gives probabilities, and the loss is \(loss.rawValue)"
    }
    if let ensemble {
      if featureCount == nil { return "\(architecture.rawValue) has no trees beside it" }
      if loss != .crossEntropy { return "trees beside a network give logits, and the loss is \(loss.rawValue)" }
      if EnsembleInput(ensemble, contract) == nil {
        return ensemble.input == .fields
          ? "trees on fields see packets from the IP header on, and the input contract has payload only"
          : "packets times their values are beyond \(ContractFeatures.limit), the most that trees see"
      }
      if ensemble.labelRounds != nil, parents == nil {
        return "there are trees for the labels of a class, and each label is a class of its own"
      }
      if let fault = ensemble.fault { return fault }
    }
    if !(2...4096).contains(labels.count) { return "there are \(labels.count) labels, not 2 to 4096" }
    if labels.contains("") { return "a label is empty" }
    if Set(labels).count != labels.count { return "a label is listed twice" }
    if !(0.001...1000).contains(temperature) { return "temperature is \(temperature), not in 0.001...1000" }
    if let contestedTemperature {
      if ensemble == nil {
        return "there is a temperature for where network and trees disagree, and there are no trees"
      }
      if !(0.001...1000).contains(contestedTemperature) {
        return "the temperature where network and trees disagree is \(contestedTemperature), not in 0.001...1000"
      }
    }
    if let labelTemperature, !(0.001...1000).contains(labelTemperature) {
      return "the temperature within classes is \(labelTemperature), not in 0.001...1000"
    }
    if let parents {
      if parents.count != labels.count {
        return "there are \(parents.count) classes of labels for \(labels.count) labels"
      }
      if parents.contains("") { return "the name of a class is empty" }
      if tree.isFlat { return "every label is a class of its own, and classes are named" }
      if shape.treeRecipe != nil { return "\(architecture.rawValue) has labels without classes" }
      if training?.options.references != nil { return "a model with classes keeps no references" }
    }
    if let outside, let name = outside.first(where: { !tree.classes.contains($0) }) {
      return "the class '\(name)' stands for what is none of the others, and there is no such class"
    }
    if let classThresholds {
      if parents == nil { return "there are thresholds of classes, and each label is a class of its own" }
      if classThresholds.count != tree.classes.count {
        return "there are \(classThresholds.count) thresholds of classes for \(tree.classes.count) classes"
      }
      if !classThresholds.allSatisfy({ $0.map { (0...1).contains($0) } ?? true }) {
        return "a threshold of a class is not in 0...1"
      }
    }
    if let setShare, !(setShare > 0 && setShare <= 1) {
      return "the share of a set of classes is \(setShare), not above 0 and at most 1"
    }
    if !(0...1).contains(threshold) { return "threshold is \(threshold), not in 0...1" }
    if let labelThresholds {
      if labelThresholds.count != labels.count {
        return "there are \(labelThresholds.count) thresholds of labels for \(labels.count) labels"
      }
      if !labelThresholds.allSatisfy({ $0.map { (-1...1).contains($0) } ?? true }) {
        return "a threshold of a label is not in -1...1"
      }
    }
    return nil
  }

  /// The model as a case refers to it: without the digests of single training flows, which no question to a case needs.
  /// - Parameter sha256: digest of the whole model file.
  package func record(sha256: SHA256Digest) -> ModelRecord {
    var told = self
    told.training?.flowDigests = nil
    return ModelRecord(
      sha256: sha256, architecture: kind, labels: labels, parents: parents, packetCount: contract.packets,
      threshold: threshold, metadataJSON: JSONValue.object(told.metadata.mapValues { .string($0) }).canonicalText)
  }
}
