import Records
package import Traffic

/// What a model answers on labelled flows.
package struct Evaluation: Sendable, Equatable {
  /// Over all flows, as if the model never abstained.
  package var metrics: Metrics
  /// Flows that got a label, and those among them whose label is right.
  package var labelled = 0, labelledRight = 0

  package init(labels: [String]) { metrics = Metrics(labels: labels) }

  /// Share of the flows at or above the model's threshold.
  package var coverage: Double { metrics.flows > 0 ? Double(labelled) / Double(metrics.flows) : 0 }
  /// Share of those whose label is wrong.
  package var errorRate: Double { labelled > 0 ? 1 - Double(labelledRight) / Double(labelled) : 0 }

  /// Measures answers at a temperature and a threshold.
  package init(
    _ answers: CrossValidation.Answers, labels: [String], loss: LossKind, temperature: Double, threshold: Double
  ) {
    self.init(labels: labels)
    for (outputs, truth) in zip(answers.outputs, answers.truths) {
      let probabilities = Softmax.probabilities(outputs, factor: loss.sign / Float(temperature))
      let predicted = outputs.indices.max { loss.sign * outputs[$0] < loss.sign * outputs[$1] } ?? 0
      let confidence = probabilities.isEmpty ? 0 : Double(probabilities[predicted])
      metrics.add(truth: truth, predicted: predicted, confidence: confidence)
      labelled += confidence >= threshold ? 1 : 0
      labelledRight += confidence >= threshold && predicted == truth ? 1 : 0
    }
  }

  package mutating func add(_ other: Evaluation) {
    metrics.add(other.metrics)
    labelled += other.labelled
    labelledRight += other.labelledRight
  }

  /// As a model file keeps it.
  package func rates(split: String) -> MeasuredRates {
    MeasuredRates(
      split: split, flows: metrics.flows, accuracy: metrics.accuracy, macroF1: metrics.macroF1, coverage: coverage,
      errorRate: errorRate)
  }
}

extension FlowClassifier {
  /// Share of flows, none of them left out by the contract, on which the model abstains; 0 of none.
  package func unknownShare(of flows: [ObservedFlow]) -> Double {
    var scratch = InferenceScratch(for: self)
    let abstained = outputs(of: flows, scratch: &scratch).count {
      prediction(outputs: $0.outputs, attention: $0.attention).isAbstained
    }
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
    for (index, answer) in zip(indices, outputs(of: flows, scratch: &scratch)) {
      let prediction = prediction(outputs: answer.outputs, attention: answer.attention)
      let truth = dataset.examples[index].label
      result.metrics.add(truth: truth, predicted: prediction.predicted, confidence: Double(prediction.confidence))
      result.labelled += prediction.isAbstained ? 0 : 1
      result.labelledRight += !prediction.isAbstained && prediction.predicted == truth ? 1 : 0
      let missing = answer.attention.count - attention[truth].count
      if missing > 0 { attention[truth] += [Double](repeating: 0, count: missing) }
      for (position, weight) in answer.attention.enumerated() { attention[truth][position] += Double(weight) }
    }
    return (result, attention)
  }
}
