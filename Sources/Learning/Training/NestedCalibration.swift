import Foundation
import Records

/// Fits how the answers of a model whose labels stand under classes are read, on several splits of which each left other captures or
/// laboratories out.
///
/// Captures count by the root of their size. A threshold is the lowest down to which the share of wrong flows stays within the rate: one
/// for all classes together, and one for each, which is never below the common one. Thresholds of one split are not those of another,
/// so they are averaged over the splits; a class that most splits find none for is never given.
struct NestedCalibration {
  private let tree: LabelTree
  private let loss: LossKind
  private let errorRate: Double
  /// Share of flows whose class a set of classes is to hold.
  static let setCoverage = 0.9
  /// Fewest flows on which a threshold can be shown to keep the rate: the rule of three (Hanley and Lippman-Hand 1983).
  private var leastFlows: Int { Int(min((3 / errorRate).rounded(.up), 1e9)) }

  init(_ tree: LabelTree, _ loss: LossKind, errorRate: Double) {
    (self.tree, self.loss, self.errorRate) = (tree, loss, errorRate)
  }

  /// - Parameter splits: not empty; each the answers of all rounds of one split.
  func rule(_ splits: [LabelledAnswers]) -> DecisionRule {
    var rule = DecisionRule(loss, tree)
    let temperatures = splits.map { fittedTemperatures($0) }
    rule.temperature = Self.geometricMean(temperatures.map(\.classes))
    rule.labelTemperature = Self.geometricMean(temperatures.map(\.labels))
    let judged = splits.map { answers in
      Judged(answers, answers.answers.map { rule.prediction($0) }, tree)
    }
    rule.setShare = min(1, max(1e-6, Self.mean(judged.map { $0.setShare(Self.setCoverage) })))
    let common = Self.mean(
      judged.map { $0.threshold(leastFlows, errorRate, of: \.classScore, isWrong: \.isClassWrong) { _ in true } ?? 1 })
    rule.threshold = min(1, common)
    rule.classThresholds = tree.classes.indices.map { place in
      Self.agreed(
        judged.map {
          $0.threshold(leastFlows, errorRate, of: \.classScore, isWrong: \.isClassWrong) { $0.place == place }
        }, atLeast: common)
    }
    let thresholds = rule.classThresholds ?? []
    rule.labelThresholds = tree.labels.indices.map { label in
      let place = tree.classOfLabel[label]
      guard let least = thresholds[place] else { return nil }
      return Self.agreed(
        judged.map {
          $0.threshold(leastFlows, errorRate, of: \.labelScore, isWrong: \.isLabelWrong) {
            $0.label == label && $0.classScore >= least
          }
        }, atLeast: 0)
    }
    return rule
  }

  /// The mean of the thresholds where more than half of the splits have one.
  private static func agreed(_ thresholds: [Double?], atLeast least: Double) -> Double? {
    let found = thresholds.compactMap(\.self)
    return 2 * found.count > thresholds.count ? min(1, max(least, mean(found))) : nil
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 1 : values.reduce(0, +) / Double(values.count)
  }

  private static func geometricMean(_ values: [Double]) -> Double { exp(mean(values.map { log($0) })) }

  /// Of the classes, and of the labels within the class that the flow is of.
  private func fittedTemperatures(_ split: LabelledAnswers) -> (classes: Double, labels: Double) {
    let weights = split.weights, sign = Double(loss.sign)
    let ofClasses = split.answers.map { answer in
      tree.members.map { members in Double(Softmax.logarithmOfSum(members.map { loss.sign * answer.outputs[$0] })) }
    }
    let nested = split.truths.indices.filter { tree.members[tree.classOfLabel[split.truths[$0]]].count > 1 }
    let within = nested.map { index in
      tree.members[tree.classOfLabel[split.truths[index]]].map { sign * Double(split.answers[index].outputs[$0]) }
    }
    let places = nested.map { index in
      tree.members[tree.classOfLabel[split.truths[index]]].firstIndex(of: split.truths[index]) ?? 0
    }
    return (
      Temperature.fitted(ofClasses, split.truths.map { tree.classOfLabel[$0] }, weights: weights),
      Temperature.fitted(within, places, weights: nested.map { weights[$0] })
    )
  }
}

/// Flows as thresholds see them.
private struct Judged {
  struct Flow {
    /// Place of the most probable class, and the most probable label in it.
    var place: Int, label: Int
    var classScore: Double, labelScore: Double
    var isClassWrong: Bool, isLabelWrong: Bool
    var weight: Double
    /// Probability of the classes that are more probable than the flow's own.
    var before: Double
  }

  private let flows: [Flow]

  init(_ answers: LabelledAnswers, _ predictions: [Prediction], _ tree: LabelTree) {
    let weights = answers.weights
    flows = predictions.indices.map { index in
      let prediction = predictions[index], truth = answers.truths[index]
      let classes = tree.classProbabilities(prediction.probabilities)
      let place = tree.classOfLabel[prediction.predicted], own = classes[tree.classOfLabel[truth]]
      return Flow(
        place: place, label: prediction.predicted, classScore: Double(classes[place]),
        labelScore: Double(prediction.probabilities[prediction.predicted]),
        isClassWrong: place != tree.classOfLabel[truth], isLabelWrong: prediction.predicted != truth,
        weight: weights[index], before: classes.reduce(0.0) { $0 + ($1 > own ? Double($1) : 0) })
    }
  }

  /// The lowest score down to which the weighted share of wrong flows stays within the rate; `nil` when there is none.
  func threshold(
    _ leastFlows: Int, _ errorRate: Double, of score: KeyPath<Flow, Double>, isWrong: KeyPath<Flow, Bool>,
    _ isMeant: (Flow) -> Bool
  ) -> Double? {
    let sorted = flows.filter(isMeant).sorted { $0[keyPath: score] > $1[keyPath: score] }
    var wrong = 0.0, total = 0.0, result: Double?
    for (index, flow) in sorted.enumerated() {
      total += flow.weight
      wrong += flow[keyPath: isWrong] ? flow.weight : 0
      // A threshold cannot part flows of equal score.
      if index + 1 < sorted.count, sorted[index + 1][keyPath: score] == flow[keyPath: score] { continue }
      if index + 1 >= leastFlows, wrong <= errorRate * total { result = flow[keyPath: score] }
    }
    return result
  }

  /// The share of probability with which sets of classes hold that of the flow in a share of the flows.
  func setShare(_ coverage: Double) -> Double {
    let sorted = flows.sorted { $0.before < $1.before }
    let total = sorted.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    for flow in sorted {
      sum += flow.weight
      if sum >= coverage * total { return flow.before + 1e-6 }
    }
    return 1
  }
}
