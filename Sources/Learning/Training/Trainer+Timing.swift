extension Trainer {
  /// Times training steps, forward, backward and update, on the flows of a dataset as one batch.
  ///
  /// - Returns: seconds of each step; the first one, which touches fresh memory, is left out.
  package func secondsPerBatch(_ dataset: Dataset, steps: Int) throws(TrainingError) -> [Double] {
    let description = ModelDescription(
      labels: dataset.labels, contract: recipe.contract, shape: recipe.shape, loss: recipe.loss)
    guard description.fault == nil, !dataset.examples.isEmpty else { return [] }
    switch recipe.shape {
    case .attentionLSTM: return try time(AttentionLSTMLearner.self, description, dataset, steps)
    case .han: return try time(HierarchicalAttention.self, description, dataset, steps)
    case .cnn1D: return try time(SessionCNN.self, description, dataset, steps)
    case .deepPacket: return try time(DeepPacket.self, description, dataset, steps)
    case .cnnLSTM: return try time(ConvolutionalLSTM.self, description, dataset, steps)
    // Trees are not trained in batches.
    case .c45, .xgboost: return []
    }
  }

  private func time<Network: Learner & ~Copyable>(
    _: Network.Type, _ description: ModelDescription, _ dataset: Dataset, _ steps: Int
  ) throws(TrainingError) -> [Double] {
    let indices = Array(dataset.examples.indices), options = recipe.options
    var generator = SeededGenerator(seed: options.seed)
    var network = try Network(description, flows: indices.count)
    network.initialise(&generator)
    var optimiser = Adam(count: description.layout.count)
    let loss = Loss(
      kind: options.loss, classCost: Loss.classCosts(options.classCost, counts: dataset.counts(of: indices)))
    return (0...steps).map { _ in
      let start = ContinuousClock.now
      _ = network.learn(dataset, indices, loss: loss, keep: options.keepProbability, &generator)
      network.update(&optimiser, rate: options.learningRate, gradientNorm: options.gradientNorm)
      return (ContinuousClock.now - start) / .seconds(1)
    }.suffix(steps)
  }
}
