package import Records
package import Traffic

/// What a model answers on labelled flows.
package struct Evaluation: Sendable, Equatable {
  package let tree: LabelTree
  /// Over all flows, as if the model never abstained: full labels, and classes. They are the same where each label is its own class.
  package private(set) var metrics: Metrics, classMetrics: Metrics
  /// By the name that was given, a label or a class: how many flows got it, and how many of these wrongly.
  package private(set) var given: [String: Given] = [:]

  package struct Given: Sendable, Equatable {
    package var flows = 0, wrong = 0
  }

  package init(_ tree: LabelTree) {
    self.tree = tree
    metrics = Metrics(labels: tree.labels)
    classMetrics = Metrics(labels: tree.classes)
  }

  /// Flows that got a label or a class, and those among them for which it is right.
  package var labelled: Int { given.values.reduce(0) { $0 + $1.flows } }
  package var labelledRight: Int { labelled - given.values.reduce(0) { $0 + $1.wrong } }

  /// Share of the flows that the model is sure enough of.
  package var coverage: Double { metrics.flows > 0 ? Double(labelled) / Double(metrics.flows) : 0 }
  /// Share of those that got what they are not.
  package var errorRate: Double { labelled > 0 ? 1 - Double(labelledRight) / Double(labelled) : 0 }

  /// Measures answers read by a rule.
  package init(_ answers: LabelledAnswers, _ rule: DecisionRule) {
    self.init(rule.tree)
    for (answer, truth) in zip(answers.answers, answers.truths) { add(rule.prediction(answer), truth: truth) }
  }

  /// Counts judged flows of a dataset.
  package init(_ judged: some Sequence<JudgedFlow>, _ dataset: Dataset, _ tree: LabelTree) {
    self.init(tree)
    for flow in judged { add(flow.prediction, truth: dataset.examples[flow.example].label) }
  }

  package mutating func add(_ prediction: Prediction, truth: Int) {
    let predicted = prediction.predicted
    guard tree.labels.indices.contains(truth), tree.labels.indices.contains(predicted) else { return }
    metrics.add(truth: truth, predicted: predicted, confidence: Double(prediction.probabilities[predicted]))
    let place = tree.classOfLabel[predicted]
    let ofClass = tree.members[place].reduce(0.0) { $0 + Double(prediction.probabilities[$1]) }
    classMetrics.add(truth: tree.classOfLabel[truth], predicted: place, confidence: min(1, ofClass))
    guard !prediction.isAbstained else { return }
    var count = given[tree.name(of: prediction.verdict)] ?? Given()
    count.flows += 1
    count.wrong += tree.isWrong(prediction.verdict, truth: truth) ? 1 : 0
    given[tree.name(of: prediction.verdict)] = count
  }

  package mutating func add(_ other: Evaluation) {
    guard tree == other.tree else { return }
    metrics.add(other.metrics)
    classMetrics.add(other.classMetrics)
    for (name, count) in other.given {
      given[name, default: Given()].flows += count.flows
      given[name, default: Given()].wrong += count.wrong
    }
  }

  /// As a model file keeps it. Accuracy and F1 are of full labels, the calibration error of classes.
  package func rates(split: String) -> MeasuredRates {
    let names = Set(tree.labels + tree.classes).sorted()
    return MeasuredRates(
      split: split, flows: metrics.flows, accuracy: metrics.accuracy, macroF1: metrics.macroF1, coverage: coverage,
      errorRate: errorRate, calibrationError: classMetrics.calibrationError,
      labels: names.map { name in
        let flows =
          tree.classes.firstIndex(of: name).map { classMetrics.support($0) }
          ?? tree.labels.firstIndex(of: name).map { metrics.support($0) } ?? 0
        return LabelRate(label: name, flows: flows, given: given[name]?.flows ?? 0, wrong: given[name]?.wrong ?? 0)
      })
  }
}

/// What a model says of flows that are of none of its applications: classes such as `Web`, `Tunnel` and `Other`, learned so that
/// such flows are not taken for anything else.
package struct OutsideFlows: Sendable, Equatable {
  package private(set) var flows = 0
  /// By name, flows that were given an application's label or class.
  package private(set) var given: [String: Int] = [:]

  package init() {}

  /// Share of the flows that were given an application; 0 of none.
  package var takenShare: Double {
    flows > 0 ? Double(given.values.reduce(0, +)) / Double(flows) : 0
  }

  /// Counts a flow if it is of one of the outside classes.
  package mutating func add(_ prediction: Prediction, truth: Int, _ tree: LabelTree, outside: Set<String>) {
    guard outside.contains(tree.classes[tree.classOfLabel[truth]]) else { return }
    flows += 1
    guard let place = tree.place(of: prediction.verdict), !outside.contains(tree.classes[place]) else { return }
    given[tree.name(of: prediction.verdict), default: 0] += 1
  }

  /// As a model file keeps it: every label given is wrong.
  package func rates(_ tree: LabelTree) -> MeasuredRates {
    MeasuredRates(
      split: "no_class", flows: flows, accuracy: 0, macroF1: 0, coverage: takenShare, errorRate: takenShare > 0 ? 1 : 0,
      labels: Set(tree.labels + tree.classes).sorted().map { name in
        LabelRate(label: name, flows: 0, given: given[name] ?? 0, wrong: given[name] ?? 0)
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
    var result = Evaluation(description.tree)
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
