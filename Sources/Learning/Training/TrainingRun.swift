import Foundation
import Records
import Traffic

/// One training under way: the network, its optimiser, and the best weights so far.
struct TrainingRun<Network: Learner & ~Copyable>: ~Copyable {
  private let dataset: Dataset
  private let training: [Int]
  private let truths: [Int]
  private let validationFlows: [ObservedFlow]
  private let description: ModelDescription
  private let options: TrainingOptions
  private let loss: Loss
  private let fieldDropout: FieldDropout?
  // What each training flow counts; `nil` for all alike.
  private let weights: [Float]?

  private var network: Network
  private var optimiser: Adam
  private var generator: SeededGenerator

  /// Parameters of the epoch that is kept, placed by the description's layout.
  private(set) var best: Matrix
  private(set) var bestEpoch = 0
  private(set) var reports: [EpochReport] = []
  // Macro-F1 and, where that is equal, negative log-likelihood.
  private var bestScore = (-1.0, Double.infinity)

  init(
    _ dataset: Dataset, training: [Int], validation: [Int], _ description: ModelDescription, _ options: TrainingOptions
  ) throws(TrainingError) {
    self.dataset = dataset
    self.training = training
    self.description = description
    self.options = options
    truths = validation.map { dataset.examples[$0].label }
    validationFlows = validation.map { dataset.examples[$0].flow }
    weights = FlowWeights.weights(dataset, training, options, description.tree.classOfLabel)
    // Where flows are weighed, classes are with them.
    let costs: TrainingOptions.ClassCost = weights == nil ? options.classCost : .uniform
    loss = Loss(
      kind: options.loss, classCost: Loss.classCosts(costs, counts: dataset.counts(of: training)),
      tree: description.tree)
    fieldDropout = FieldDropout(options, description.contract)
    generator = SeededGenerator(seed: options.seed)
    network = try Network(description, flows: min(options.batchSize, training.count))
    network.initialise(&generator)
    optimiser = Adam(count: description.layout.count, weightDecay: options.weightDecay ?? 0)
    best = Matrix(rows: 1, columns: description.layout.count)
  }

  mutating func run(_ progress: (EpochReport) -> Void) throws(TrainingError) {
    for epoch in 1...options.epochs {
      let rate = rate(in: epoch)
      let mean = trainEpoch(rate: rate)
      guard mean.isFinite else {
        throw TrainingError(
          .diverged, "training diverged in epoch \(epoch): try a lower learning rate or a limit on the gradient's norm")
      }
      let report = judge(epoch, mean, rate)
      reports.append(report)
      progress(report)
      if options.patience > 0, epoch - bestEpoch >= options.patience { break }
    }
  }

  /// The rate of an epoch, counted from 1.
  private func rate(in epoch: Int) -> Double {
    let done = Double(epoch - 1) / Double(options.epochs)
    switch options.schedule {
    case .constant: return options.learningRate
    case .cosine: return options.learningRate * (1 + cos(.pi * done)) / 2
    case .step: return options.learningRate * (3 * (epoch - 1) >= 2 * options.epochs ? 0.1 : 1)
    }
  }

  /// - Returns: the mean loss over the training flows.
  private mutating func trainEpoch(rate: Double) -> Double {
    let order = weights.map { FlowWeights.drawn(training, $0, &generator) } ?? generator.shuffled(training)
    var total = 0.0
    for start in stride(from: 0, to: order.count, by: options.batchSize) {
      let indices = Array(order[start..<min(start + options.batchSize, order.count)])
      let loss: Double
      if let thinned = fieldDropout?.thinned(dataset, indices, &generator) {
        loss = network.learn(
          thinned, Array(indices.indices), loss: self.loss, keep: options.keepProbability, &generator)
      } else {
        loss = network.learn(dataset, indices, loss: self.loss, keep: options.keepProbability, &generator)
      }
      total += loss * Double(indices.count)
      network.update(&optimiser, rate: rate, gradientNorm: options.gradientNorm)
    }
    return total / Double(order.count)
  }

  private mutating func judge(_ epoch: Int, _ mean: Double, _ rate: Double) -> EpochReport {
    var report = EpochReport(epoch: epoch, loss: mean, learningRate: rate, isBest: true)
    if !truths.isEmpty {
      let classifier = network.withParameters { FlowClassifier(description, block: $0) }
      let answers = validationAnswers(classifier)
      var metrics = Metrics(labels: description.labels)
      for (answer, truth) in zip(answers, truths) {
        let prediction = classifier.prediction(answer)
        metrics.add(truth: truth, predicted: prediction.predicted, confidence: Double(prediction.confidence))
      }
      let sign = Double(options.loss.sign)
      let likelihood = Temperature.negativeLogLikelihood(
        answers.map { $0.outputs.map { sign * Double($0) } }, truths, temperature: 1)
      let score = (metrics.macroF1, likelihood)
      (report.accuracy, report.macroF1) = (metrics.accuracy, metrics.macroF1)
      report.isBest = score.0 > bestScore.0 || (score.0 == bestScore.0 && score.1 < bestScore.1)
      if report.isBest { bestScore = score }
    }
    if report.isBest || !options.keepsBestEpoch {
      best = network.withParameters { Matrix(rows: 1, columns: $0.count, values: $0.values) }
    }
    if report.isBest || !options.keepsBestEpoch { bestEpoch = epoch }
    return report
  }

  func validationAnswers(_ classifier: FlowClassifier) -> [NetworkAnswer] {
    var scratch = InferenceScratch(for: classifier)
    return classifier.answers(on: validationFlows, scratch: &scratch)
  }

  /// The training flows as the kept network sees them; `nil` where none are to be kept, or a flow has no features.
  func references() -> Tensor? {
    guard let limit = options.references, description.featureCount != nil else { return nil }
    let classifier = FlowClassifier(description, block: best, ClassifierHead.Extras(handsOutFeatures: true))
    var scratch = InferenceScratch(for: classifier)
    let answers = classifier.answers(on: training.map { dataset.examples[$0].flow }, scratch: &scratch)
    var generator = SeededGenerator(seed: options.seed)
    return ReferenceFlows.tensor(answers.map(\.features), most: limit, &generator)
  }
}
