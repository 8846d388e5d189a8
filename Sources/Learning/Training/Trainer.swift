import Foundation
import Records

/// Why a training could not run.
package struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Contract, sizes or options that cannot be.
    case badRecipe = "bad_recipe"
    /// Too few flows or classes.
    case badData = "bad_data"
    /// Weights grew out of bounds.
    case diverged
  }

  package var code: Code
  package var message: String
  package var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// What is to be trained, and how; the data come apart.
package struct TrainingRecipe: Sendable, Equatable {
  package var contract: InputContract
  package var shape: NetworkShape
  package var options: TrainingOptions
  /// Boosted trees beside the network; `nil` for a network alone.
  package var ensemble: EnsembleOptions?
  /// A label that begins with it stands under the label that follows it; `nil` where each label is a class of its own.
  package var labelPrefix: String?
  /// Classes that stand for what is none of the others.
  package var outside: Set<String> = []

  package init(
    contract: InputContract, shape: NetworkShape = NetworkShape(.attentionLSTM),
    options: TrainingOptions = TrainingOptions()
  ) {
    self.contract = contract
    self.shape = shape
    self.options = options
  }

  /// What is said of a model before it is trained.
  package func untrained(labels: [String]) -> ModelDescription {
    var description = ModelDescription(labels: labels, contract: contract, shape: shape, loss: loss)
    description.ensemble = ensemble
    if let labelPrefix, case let tree = LabelTree(labels: labels, prefix: labelPrefix), !tree.isFlat {
      description.parents = tree.parents
    } else {
      description.ensemble?.labelRounds = nil
    }
    let outside = outside.intersection(description.tree.classes).sorted()
    description.outside = outside.isEmpty ? nil : outside
    return description
  }

  /// Trees give probabilities, whatever loss networks are trained with.
  var loss: LossKind { shape.treeRecipe == nil ? options.loss : .crossEntropy }
}

/// The state of a training after an epoch.
package struct EpochReport: Sendable, Equatable {
  /// From 1.
  package var epoch: Int
  /// Mean loss over the training flows, with dropout.
  package var loss: Double
  package var learningRate: Double
  /// On the validation flows; `nil` without any.
  package var accuracy: Double?, macroF1: Double?
  /// Whether these are the best weights so far.
  package var isBest: Bool
}

/// What came of a training.
package struct TrainedModel: Sendable {
  package var model: FrozenModel
  package var reports: [EpochReport]
  /// `nil` without validation flows; then the temperature is 1 and the model never abstains.
  package var calibration: Calibration?
}

/// Trains models of any architecture. The same recipe and data give the same weights to the bit, on one machine.
package struct Trainer: Sendable {
  package let recipe: TrainingRecipe
  /// Share of labelled flows that may be wrong at the frozen threshold.
  package var errorRate = 0.05

  package init(_ recipe: TrainingRecipe) { self.recipe = recipe }

  /// Trains on some flows of a dataset.
  ///
  /// - Parameters:
  ///   - training: indices of the flows to learn from.
  ///   - validation: indices of those that choose the epoch, temperature and threshold; `nil` sets the recipe's
  ///     fraction of the training flows aside.
  ///   - progress: called after each epoch on the calling thread.
  package func train(
    _ dataset: Dataset, training: [Int], validation: [Int]? = nil, progress: (EpochReport) -> Void = { _ in }
  ) throws(TrainingError) -> TrainedModel {
    let options = recipe.options
    if let fault = recipe.contract.fault ?? recipe.shape.fault(on: recipe.contract) ?? options.fault {
      throw TrainingError(.badRecipe, "cannot train: \(fault)")
    }
    let sides =
      validation.map { (rest: training, aside: $0) }
      ?? dataset.setAside(options.validationFraction, of: training, seed: options.seed)
    guard dataset.labels.count >= 2, dataset.counts(of: sides.rest).count(where: { $0 > 0 }) >= 2 else {
      throw TrainingError(.badData, "cannot train: the training flows have fewer than two classes")
    }
    let description = recipe.untrained(labels: dataset.labels)
    if let fault = description.fault { throw TrainingError(.badRecipe, "cannot train: \(fault)") }
    switch recipe.shape {
    case .attentionLSTM:
      return try train(AttentionLSTMLearner.self, dataset, description, sides.rest, sides.aside, progress)
    case .han: return try train(HierarchicalAttention.self, dataset, description, sides.rest, sides.aside, progress)
    case .cnn1D: return try train(SessionCNN.self, dataset, description, sides.rest, sides.aside, progress)
    case .deepPacket: return try train(DeepPacket.self, dataset, description, sides.rest, sides.aside, progress)
    case .cnnLSTM: return try train(ConvolutionalLSTM.self, dataset, description, sides.rest, sides.aside, progress)
    case .c45, .xgboost:
      guard let trees = recipe.shape.treeRecipe else { throw TrainingError(.badRecipe, "cannot train: no trees") }
      return try trainTrees(trees, dataset, description, sides.rest, sides.aside)
    }
  }

  /// Digests of the flows a model has seen, those that chose its epoch and threshold among them.
  static func digests(_ dataset: Dataset, _ indices: [Int], _ contract: InputContract) -> [String]? {
    guard indices.count <= TrainingProvenance.flowDigestLimit else { return nil }
    var fingerprints = FlowFingerprint(contract)
    return Set(indices.map { fingerprints.digest(of: dataset.examples[$0].flow) }).sorted()
  }

  private func train<Network: Learner & ~Copyable>(
    _ network: Network.Type, _ dataset: Dataset, _ untrained: ModelDescription, _ training: [Int], _ validation: [Int],
    _ progress: (EpochReport) -> Void
  ) throws(TrainingError) -> TrainedModel {
    let options = recipe.options
    var description = untrained
    description.ensemble = description.ensemble?.learningNames(dataset, training)
    let trees = try EnsembleTrees(description, options, dataset, training)
    var run = try TrainingRun<Network>(dataset, training: training, validation: validation, description, options)
    try run.run(progress)
    var calibration: Calibration?
    if !validation.isEmpty {
      let classifier = FlowClassifier(description, block: run.best, ClassifierHead.Extras(ensemble: trees))
      let fitted = Calibration(
        run.validationAnswers(classifier), truths: validation.map { dataset.examples[$0].label }, loss: options.loss,
        tree: description.tree, errorRate: errorRate)
      (description.decisionRule, calibration) = (fitted.rule, fitted)
    }
    var provenance = TrainingProvenance(options: options)
    (provenance.flows, provenance.epochs, provenance.keptEpoch) = (training.count, run.reports.count, run.bestEpoch)
    provenance.flowDigests = Self.digests(dataset, training + validation, recipe.contract)
    description.training = provenance
    do {
      let model = try FrozenModel(
        description, block: run.best, references: run.references(), trees: trees?.tensors ?? [:])
      return TrainedModel(model: model, reports: run.reports, calibration: calibration)
    } catch {
      throw TrainingError(.diverged, "training ended without a usable model: \(error.message)")
    }
  }
}
