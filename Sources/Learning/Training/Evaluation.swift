import Records
package import Traffic

/// What a model answers on labelled flows.
package struct Evaluation: Sendable, Equatable {
  /// Over all flows, as if the model never abstained.
  package var metrics: Metrics
  /// Flows that got each label, and those among them that are so.
  package private(set) var given: [Int], givenRight: [Int]

  package init(labels: [String]) {
    metrics = Metrics(labels: labels)
    given = [Int](repeating: 0, count: labels.count)
    givenRight = given
  }

  /// Flows that got a label, and those among them whose label is right.
  package var labelled: Int { given.reduce(0, +) }
  package var labelledRight: Int { givenRight.reduce(0, +) }

  /// Share of the flows at or above the model's threshold.
  package var coverage: Double { metrics.flows > 0 ? Double(labelled) / Double(metrics.flows) : 0 }
  /// Share of those whose label is wrong.
  package var errorRate: Double { labelled > 0 ? 1 - Double(labelledRight) / Double(labelled) : 0 }

  /// Measures answers read by a rule.
  package init(_ answers: CrossValidation.Answers, labels: [String], _ rule: DecisionRule) {
    self.init(labels: labels)
    for (answer, truth) in zip(answers.answers, answers.truths) { add(rule.prediction(answer), truth: truth) }
  }

  /// Counts judged flows of a dataset.
  package init(_ judged: [JudgedFlow], _ dataset: Dataset) {
    self.init(labels: dataset.labels)
    for flow in judged { add(flow.prediction, truth: dataset.examples[flow.example].label) }
  }

  mutating func add(_ prediction: Prediction, truth: Int) {
    metrics.add(truth: truth, predicted: prediction.predicted, confidence: Double(prediction.confidence))
    guard !prediction.isAbstained, given.indices.contains(prediction.predicted) else { return }
    given[prediction.predicted] += 1
    givenRight[prediction.predicted] += prediction.predicted == truth ? 1 : 0
  }

  package mutating func add(_ other: Evaluation) {
    metrics.add(other.metrics)
    guard metrics.labels == other.metrics.labels else { return }
    for label in given.indices {
      given[label] += other.given[label]
      givenRight[label] += other.givenRight[label]
    }
  }

  /// As a model file keeps it.
  package func rates(split: String) -> MeasuredRates {
    MeasuredRates(
      split: split, flows: metrics.flows, accuracy: metrics.accuracy, macroF1: metrics.macroF1, coverage: coverage,
      errorRate: errorRate, calibrationError: metrics.calibrationError,
      labels: metrics.labels.indices.map { label in
        LabelRate(
          label: metrics.labels[label], flows: metrics.support(label), given: given[label],
          wrong: given[label] - givenRight[label])
      })
  }
}

extension FlowClassifier {
  /// Share of flows, none of them left out by the contract, on which the model abstains; 0 of none.
  package func unknownShare(of flows: [ObservedFlow]) -> Double {
    var scratch = InferenceScratch(for: self)
    let abstained = answers(on: flows, scratch: &scratch).count { prediction($0).isAbstained }
    return flows.isEmpty ? 0 : Double(abstained) / Double(flows.count)
  }

  /// Measures the model on some flows of a dataset with the model's labels, in the model's order.
  package func evaluate(_ dataset: Dataset, _ indices: [Int]) -> Evaluation { measure(dataset, indices).evaluation }

  /// Measures the model as ``evaluate(_:_:)`` does, and where it looked.
  ///
  /// - Returns: beside the evaluation, the sum over the flows of each true class of the attention to each packet
  ///   position; empty for a class without flows and for architectures without attention.
  package func measure(_ dataset: Dataset, _ indices: [Int]) -> (evaluation: Evaluation, attention: [[Double]]) {
    var scratch = InferenceScratch(for: self)
    let flows = indices.map { dataset.examples[$0].flow }
    var result = Evaluation(labels: labels)
    var attention = [[Double]](repeating: [], count: labels.count)
    for (index, answer) in zip(indices, answers(on: flows, scratch: &scratch)) {
      let truth = dataset.examples[index].label
      result.add(prediction(answer), truth: truth)
      let missing = answer.attention.count - attention[truth].count
      if missing > 0 { attention[truth] += [Double](repeating: 0, count: missing) }
      for (position, weight) in answer.attention.enumerated() { attention[truth][position] += Double(weight) }
    }
    return (result, attention)
  }
}
