package import Records

/// How a network's answer becomes a label: Eq. (10), the softmax under it, and when the model abstains.
///
/// Labels stand under classes (``LabelTree``). The class is decided first: r of a class is ln of the sum of exp(r) of its labels, and
/// its probability the softmax over classes. Then the label within it. The full label is given where it is sure enough, else the class,
/// else nothing. Where each label is its own class this is the plain softmax.
package struct DecisionRule: Sendable, Equatable {
  package var loss: LossKind
  package var tree: LabelTree
  /// T: outputs are divided by it before the softmax.
  package var temperature = 1.0
  /// T of the labels within a class; `nil` for ``temperature``.
  package var labelTemperature: Double?
  /// T of flows about which a network and the trees beside it are not of one mind; `nil` for the same.
  package var contestedTemperature: Double?
  /// Confidence below which the model abstains.
  package var threshold = 0.0
  /// For each class, the smallest probability it is given at; `nil` for one that is never given. `nil` asks for none.
  package var classThresholds: [Double?]?
  /// For each label, the smallest score it is given at; `nil` for a label that is never given. The score is the flow's
  /// similarity, or the label's probability where a model has no references. `nil` asks for no score.
  package var labelThresholds: [Double?]?
  /// Classes are added to a flow's set, most probable first, until they have this share of probability; `nil` for no sets.
  package var setShare: Double?

  package init(_ loss: LossKind, _ tree: LabelTree) {
    self.loss = loss
    self.tree = tree
  }

  /// - Parameter isInsideTunnel: whether the recording shows that the flow was seen inside a tunnel; only labels within
  ///   the class that say so are then considered.
  package func prediction(_ answer: NetworkAnswer, isInsideTunnel: Bool = false) -> Prediction {
    tree.isFlat ? flatPrediction(answer) : nestedPrediction(answer, isInsideTunnel)
  }

  private func temperature(of answer: NetworkAnswer) -> Double {
    answer.isContested ? contestedTemperature ?? temperature : temperature
  }

  private func flatPrediction(_ answer: NetworkAnswer) -> Prediction {
    let predicted = label(of: answer.outputs)
    let probabilities = Softmax.probabilities(answer.outputs, factor: loss.sign / Float(temperature(of: answer)))
    var prediction = Prediction(
      probabilities: probabilities, predicted: predicted, verdict: .label(predicted), attention: answer.attention)
    prediction.contributions = answer.contributions
    if abstains(prediction, answer) { prediction.verdict = .abstain }
    prediction.classSet = classSet(probabilities)
    return prediction
  }

  private func nestedPrediction(_ answer: NetworkAnswer, _ isInsideTunnel: Bool) -> Prediction {
    let scores = classScores(answer.outputs)
    let classes = Softmax.probabilities(scores, factor: 1 / Float(temperature(of: answer)))
    let likely = Self.first(classes, sign: 1)
    var probabilities = [Float](repeating: 0, count: answer.outputs.count)
    for place in classes.indices {
      var labels = tree.members[place]
      if isInsideTunnel, case let narrower = tree.narrower(place), !narrower.isEmpty { labels = narrower }
      let within = Softmax.probabilities(
        labels.map { answer.outputs[$0] }, factor: loss.sign / Float(labelTemperature ?? temperature))
      for (label, share) in zip(labels, within) { probabilities[label] = classes[place] * share }
    }
    let members = tree.members[likely]
    let predicted = members.max { probabilities[$0] < probabilities[$1] } ?? 0
    var prediction = Prediction(
      probabilities: probabilities, predicted: predicted, verdict: .abstain, confidence: classes[likely],
      attention: answer.attention)
    prediction.contributions = answer.contributions
    prediction.classSet = classSet(classes)
    guard Self.suffices(classes[likely], classThresholds, likely), Double(classes[likely]) >= threshold else {
      return prediction
    }
    if members.count == 1 {
      prediction.verdict = .label(predicted)
    } else if Self.suffices(probabilities[predicted], labelThresholds, predicted) {
      prediction.verdict = .label(predicted)
      prediction.confidence = probabilities[predicted]
    } else {
      prediction.verdict = .classOnly(likely)
    }
    return prediction
  }

  /// ln of the sum of exp(r) over the labels of each class, r being such that larger is better.
  private func classScores(_ outputs: [Float]) -> [Float] {
    tree.members.map { Softmax.logarithmOfSum($0.map { loss.sign * outputs[$0] }) }
  }

  /// The classes, most probable first, until together they have the frozen share.
  private func classSet(_ probabilities: [Float]) -> [Int] {
    guard let setShare else { return [] }
    var set: [Int] = [], sum = 0.0
    for place in probabilities.indices.sorted(by: { (-probabilities[$0], $0) < (-probabilities[$1], $1) }) {
      set.append(place)
      sum += Double(probabilities[place])
      if sum >= setShare { break }
    }
    return set
  }

  private static func suffices(_ probability: Float, _ thresholds: [Double?]?, _ place: Int) -> Bool {
    guard let thresholds else { return true }
    guard thresholds.indices.contains(place), let least = thresholds[place] else { return false }
    return Double(probability) >= least
  }

  /// The label that outputs speak for, the first of equal ones.
  private func label(of outputs: [Float]) -> Int { Self.first(outputs, sign: loss.sign) }

  /// The place of the largest of sign times the outputs, the first of equal ones.
  static func first(_ outputs: [Float], sign: Float) -> Int {
    outputs.indices.max { sign * outputs[$0] < sign * outputs[$1] } ?? 0
  }

  /// Whether a flow with these outputs gets its label by its score: not where the label is never given, whatever the score.
  func asksForScore(_ outputs: [Float]) -> Bool {
    guard let labelThresholds else { return true }
    let label = label(of: outputs)
    return labelThresholds.indices.contains(label) && labelThresholds[label] != nil
  }

  /// What ``labelThresholds`` are compared with, where each label is a class of its own.
  static func score(_ prediction: Prediction, _ answer: NetworkAnswer) -> Double {
    Double(answer.similarity ?? prediction.confidence)
  }

  private func abstains(_ prediction: Prediction, _ answer: NetworkAnswer) -> Bool {
    if Double(prediction.confidence) < threshold { return true }
    guard let labelThresholds else { return false }
    guard labelThresholds.indices.contains(prediction.predicted), let least = labelThresholds[prediction.predicted]
    else { return true }
    return Self.score(prediction, answer) < least
  }
}
