extension NetworkShape {
  /// How the trees of this shape are made; `nil` for a network.
  package var treeRecipe: TreeRecipe? {
    var recipe = TreeRecipe()
    switch self {
    case .c45(let options): (recipe.architecture, recipe.c45) = (.c45, options)
    case .xgboost(let options): (recipe.architecture, recipe.xgboost) = (.xgboost, options)
    case .attentionLSTM, .han, .cnn1D, .deepPacket, .cnnLSTM: return nil
    }
    return recipe
  }
}

extension TreeModel {
  /// The model as tensors.
  package var tensors: [String: Tensor] {
    switch self {
    case .c45(let tree): tree.tensors
    case .xgboost(let trees): trees.tensors
    }
  }

  /// Puts a model together from its tensors, of which nothing is believed.
  package init(
    _ architecture: Architecture, features: [Feature], labels: [String], tensors: [String: Tensor]
  ) throws(ModelFileError) {
    switch architecture {
    case .c45: self = .c45(try C45Tree(features: features, labels: labels, tensors: tensors))
    case .xgboost: self = .xgboost(try BoostedTrees(features: features, labels: labels, tensors: tensors))
    }
  }
}

extension Trainer {
  /// Trains trees on features of the flows; the validation flows choose temperature and threshold.
  ///
  /// Class costs, epochs and batches are those of networks and do not count here.
  func trainTrees(
    _ recipe: TreeRecipe, _ dataset: Dataset, _ untrained: ModelDescription, _ training: [Int], _ validation: [Int]
  ) throws(TrainingError) -> TrainedModel {
    var description = untrained
    guard let features = FlowFeatures(description.contract) else {
      throw TrainingError(.badRecipe, "cannot train: the input contract names no features")
    }
    let tensors: [String: Tensor]
    do throws(XGBoostError) {
      tensors = try recipe.train(dataset.table(of: features, training)).tensors
    } catch {
      throw TrainingError(.badData, "cannot train: \(error)")
    }
    var provenance = TrainingProvenance(options: self.recipe.options)
    provenance.flows = training.count
    provenance.flowDigests = Trainer.digests(dataset, training + validation, description.contract)
    description.training = provenance
    do throws(ModelFileError) {
      var model = try FrozenModel(description, tensors: tensors)
      var calibration: Calibration?
      if !validation.isEmpty {
        let classifier = FlowClassifier(model)
        var scratch = InferenceScratch(for: classifier)
        let answers = classifier.answers(on: validation.map { dataset.examples[$0].flow }, scratch: &scratch)
        let fitted = Calibration(
          answers, truths: validation.map { dataset.examples[$0].label }, loss: description.loss,
          tree: description.tree, errorRate: errorRate)
        try model.revise { $0.decisionRule = fitted.rule }
        calibration = fitted
      }
      return TrainedModel(model: model, reports: [], calibration: calibration)
    } catch {
      throw TrainingError(.badData, "training ended without a usable model: \(error.message)")
    }
  }
}
