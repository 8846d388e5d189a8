package import Records

/// How a network's answer becomes a label: Eq. (10), the softmax under it, and when the model abstains.
package struct DecisionRule: Sendable, Equatable {
  package var loss: LossKind
  /// T: outputs are divided by it before the softmax.
  package var temperature = 1.0
  /// T of flows about which a network and the trees beside it are not of one mind; `nil` for the same.
  package var contestedTemperature: Double?
  /// Confidence below which the model abstains.
  package var threshold = 0.0
  /// For each label, the smallest score it is given at; `nil` for a label that is never given. The score is the flow's
  /// similarity, or the confidence where a model has no references. `nil` asks for no score.
  package var labelThresholds: [Double?]?

  package init(_ loss: LossKind) { self.loss = loss }

  package func prediction(_ answer: NetworkAnswer) -> Prediction {
    let predicted = label(of: answer.outputs)
    let temperature = answer.isContested ? contestedTemperature ?? temperature : temperature
    let probabilities = Softmax.probabilities(answer.outputs, factor: loss.sign / Float(temperature))
    var prediction = Prediction(
      probabilities: probabilities, predicted: predicted, verdict: .label(predicted), attention: answer.attention)
    if abstains(prediction, answer) { prediction.verdict = .abstain }
    return prediction
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

  /// What ``labelThresholds`` are compared with.
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
