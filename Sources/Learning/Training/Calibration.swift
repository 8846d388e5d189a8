import Foundation
package import Records

/// What turns outputs into confidences and labels that can be trusted, fitted on flows the model was not trained on.
package struct Calibration: Sendable, Equatable {
  package var rule: DecisionRule
  /// Share of the flows that get a label, and share of these that are wrong.
  package var coverage = 1.0, errorRate = 0.0

  /// Fits the temperatures, and one threshold of confidence for all labels: for validation flows drawn from the captures a model
  /// was trained on.
  ///
  /// - Parameters:
  ///   - answers: of each validation flow. - truths: its class.
  ///   - errorRate: share of labelled flows that may be wrong.
  package init(
    _ answers: [NetworkAnswer], truths: [Int], loss: LossKind, tree: LabelTree, errorRate: Double = 0.05
  ) {
    rule = Self.fittedTemperatures(answers, truths, loss, tree)
    guard !answers.isEmpty else { return }
    let judged = Judged.list(answers, truths, rule) { prediction, _ in Double(prediction.confidence) }
    rule.threshold = Self.threshold(judged, errorRate) ?? 1
    measure(answers, truths)
  }

  /// Fits the temperatures, and for each label the score it needs: for flows of captures or laboratories left out of training.
  ///
  /// Where labels stand under classes, ``NestedCalibration`` says how. Where each is its own class, a label's threshold is the lowest score
  /// down to which its share of wrong flows, averaged over captures, stays within the rate. Captures count alike, because the
  /// next one is a capture too: a hundred right flows of one say little about it. A label that no flow of a second
  /// capture got, or too few flows, is never given.
  ///
  /// - Parameters:
  ///   - splits: not empty; the answers of all rounds of each split.
  ///   - errorRate: share of labelled flows that may be wrong.
  package init(_ splits: [LabelledAnswers], loss: LossKind, tree: LabelTree, errorRate: Double) {
    var all = LabelledAnswers()
    for split in splits { all.append(split) }
    if tree.isFlat {
      rule = Self.fittedTemperatures(all.answers, all.truths, loss, tree)
      let judged = Judged.list(all.answers, all.truths, rule, DecisionRule.score)
      // The rule of three: with fewer flows, not even a label without one error shows the rate at 95 % confidence.
      let leastFlows = Int(min((3 / errorRate).rounded(.up), 1e9))
      rule.labelThresholds = tree.labels.indices.map { label in
        let places = judged.indices.filter { judged[$0].label == label }
        return Self.labelThreshold(places.map { judged[$0] }, places.map { all.groups[$0] }, errorRate, leastFlows)
      }
    } else {
      rule = NestedCalibration(tree, loss, errorRate: errorRate).rule(splits)
    }
    measure(all.answers, all.truths)
  }

  private mutating func measure(_ answers: [NetworkAnswer], _ truths: [Int]) {
    var labelled = 0, wrong = 0
    for (answer, truth) in zip(answers, truths) {
      let prediction = rule.prediction(answer)
      labelled += prediction.isAbstained ? 0 : 1
      wrong += rule.tree.isWrong(prediction.verdict, truth: truth) ? 1 : 0
    }
    coverage = answers.isEmpty ? 0 : Double(labelled) / Double(answers.count)
    errorRate = labelled > 0 ? Double(wrong) / Double(labelled) : 0
  }

  /// One flow, as a threshold sees it.
  private struct Judged {
    var label: Int
    var score: Double
    var isWrong: Bool

    static func list(
      _ answers: [NetworkAnswer], _ truths: [Int], _ rule: DecisionRule,
      _ score: (Prediction, NetworkAnswer) -> Double
    ) -> [Judged] {
      zip(answers, truths).map { answer, truth in
        let prediction = rule.prediction(answer)
        return Judged(
          label: prediction.predicted, score: score(prediction, answer), isWrong: prediction.predicted != truth)
      }
    }
  }

  /// The lowest score down to which the share of wrong labels stays within `errorRate`; `nil` when there is none.
  private static func threshold(_ flows: [Judged], _ errorRate: Double) -> Double? {
    var wrong = 0, result: Double?
    let sorted = flows.sorted { $0.score > $1.score }
    for (index, flow) in sorted.enumerated() {
      wrong += flow.isWrong ? 1 : 0
      // A threshold cannot part flows of equal score.
      if index + 1 < sorted.count, sorted[index + 1].score == flow.score { continue }
      if Double(wrong) / Double(index + 1) <= errorRate { result = flow.score }
    }
    return result
  }

  private static func labelThreshold(
    _ flows: [Judged], _ groups: [String], _ errorRate: Double, _ leastFlows: Int
  ) -> Double? {
    var counts: [String: (flows: Int, wrong: Int)] = [:], result: Double?
    let order = flows.indices.sorted { flows[$0].score > flows[$1].score }
    for (place, index) in order.enumerated() {
      var count = counts[groups[index]] ?? (0, 0)
      count.flows += 1
      count.wrong += flows[index].isWrong ? 1 : 0
      counts[groups[index]] = count
      if place + 1 < order.count, flows[order[place + 1]].score == flows[index].score { continue }
      guard place + 1 >= leastFlows, counts.count > 1 else { continue }
      // In order of name: a sum's last bits depend on its order, and a threshold must not.
      let shares = counts.sorted { $0.key < $1.key }.map { Double($0.value.wrong) / Double($0.value.flows) }
      if shares.reduce(0, +) / Double(counts.count) <= errorRate { result = flows[index].score }
    }
    return result
  }

  /// Contested answers on which a temperature of their own can be fitted.
  private static let leastContested = 30

  /// One temperature, or two where trees beside a network contest some of its labels: those are right less often, by
  /// more than the outputs show.
  private static func fittedTemperatures(
    _ answers: [NetworkAnswer], _ truths: [Int], _ loss: LossKind, _ tree: LabelTree
  ) -> DecisionRule {
    func fitted(_ places: [Int]) -> Double {
      Temperature.fitted(
        places.map { answers[$0].outputs.map { Double(loss.sign) * Double($0) } }, places.map { truths[$0] })
    }
    var rule = DecisionRule(loss, tree)
    let contested = answers.indices.filter { answers[$0].isContested }
    let others = answers.indices.filter { !answers[$0].isContested }
    if min(contested.count, others.count) >= leastContested {
      (rule.temperature, rule.contestedTemperature) = (fitted(others), fitted(contested))
    } else {
      rule.temperature = fitted(Array(answers.indices))
    }
    return rule
  }
}
