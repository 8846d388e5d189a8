import Foundation
import Learning
import Records
import Testing

@Suite struct CalibrationTests {
  private static let tree = LabelTree(labels: ["a", "b", "c"], parents: nil)

  @Test func `finds the temperature the outputs were made with`() {
    // Truths drawn with the probabilities softmax(r / 3), so 3 is the temperature to find.
    var generator = SeededGenerator(seed: 1)
    var outputs: [[Float]] = [], truths: [Int] = []
    for _ in 0..<20_000 {
      let row = (0..<3).map { _ in generator.unit() * 12 - 6 }
      let powers = row.map { exp($0 / 3) }
      var draw = generator.unit() * powers.reduce(0, +)
      var truth = 0
      while truth < 2, draw >= powers[truth] {
        draw -= powers[truth]
        truth += 1
      }
      outputs.append(row)
      truths.append(truth)
    }
    let logits = Calibration(Self.answers(outputs), truths: truths, loss: .crossEntropy, tree: Self.tree)
    #expect((logits.rule.temperature - 3).magnitude < 0.15)
    let costs = Calibration(
      Self.answers(outputs.map { $0.map { -$0 } }), truths: truths, loss: .costSensitive, tree: Self.tree)
    #expect((costs.rule.temperature - logits.rule.temperature).magnitude < 1e-9)
  }

  @Test func `contested answers get the temperature they were made with, if there are enough`() throws {
    // Answers of the same outputs: nine of ten uncontested ones are right, six of ten contested ones.
    func answers(_ count: Int, right: Int, isContested: Bool) -> [(NetworkAnswer, Int)] {
      (0..<count).map { index in
        var answer = NetworkAnswer(outputs: [2, 0])
        answer.isContested = isContested
        return (answer, index % 10 < right ? 0 : 1)
      }
    }
    let many = answers(200, right: 9, isContested: false) + answers(100, right: 6, isContested: true)
    let fitted = Calibration(many.map(\.0), truths: many.map(\.1), loss: .crossEntropy, tree: Self.tree)
    // Where softmax([2, 0] / T) is the share that is right: T = 2 / ln(share / (1 - share)).
    #expect((fitted.rule.temperature - 2 / log(9)).magnitude < 1e-3)
    let contested = try #require(fitted.rule.contestedTemperature)
    #expect((contested - 2 / log(1.5)).magnitude < 1e-3)
    #expect((fitted.rule.prediction(many[0].0).confidence - 0.9).magnitude < 1e-3)
    #expect((fitted.rule.prediction(many[200].0).confidence - 0.6).magnitude < 1e-3)

    // Outputs that say next to nothing: right in 52 of 100.
    let weak =
      answers(200, right: 9, isContested: false)
      + (0..<1_000).map { index in
        var answer = NetworkAnswer(outputs: [6, 0])
        answer.isContested = true
        return (answer, index % 100 < 52 ? 0 : 1)
      }
    let doubtful = Calibration(weak.map(\.0), truths: weak.map(\.1), loss: .crossEntropy, tree: Self.tree).rule
      .contestedTemperature
    #expect(((doubtful ?? 0) - 6 / log(0.52 / 0.48)).magnitude < 0.1)

    let few = answers(200, right: 9, isContested: false) + answers(20, right: 6, isContested: true)
    let common = Calibration(few.map(\.0), truths: few.map(\.1), loss: .crossEntropy, tree: Self.tree)
    #expect(common.rule.contestedTemperature == nil)
    #expect(common.rule.prediction(few[0].0).confidence == common.rule.prediction(few[200].0).confidence)
  }

  @Test func `the threshold keeps the stated error rate`() {
    // Confidence falls from flow to flow; the wrong ones are number 10 and all from 15 on.
    let outputs = (0..<20).map { [Float(20 - $0), 0] }
    let truths = (0..<20).map { $0 == 10 || $0 >= 15 ? 1 : 0 }
    let strict = Calibration(Self.answers(outputs), truths: truths, loss: .crossEntropy, tree: Self.tree, errorRate: 0)
    #expect(strict.coverage == 0.5 && strict.errorRate == 0)
    let loose = Calibration(
      Self.answers(outputs), truths: truths, loss: .crossEntropy, tree: Self.tree, errorRate: 0.13)
    #expect(loose.coverage == 0.8 && loose.errorRate == 0.125)
    #expect(loose.rule.threshold < strict.rule.threshold)
    let never = Calibration(
      Self.answers(outputs), truths: outputs.map { _ in 1 }, loss: .crossEntropy, tree: Self.tree, errorRate: 0)
    #expect(never.rule.threshold == 1 && never.coverage == 0)
  }

  /// Flows that all get label 0, with similarities 0.9, 0.8, ... in order.
  private func fitted(_ flows: [(group: String, isRight: Bool)], errorRate: Double) -> Calibration {
    let answers = flows.indices.map { NetworkAnswer(outputs: [1, 0, 0], similarity: 0.9 - 0.01 * Float($0)) }
    var split = LabelledAnswers()
    (split.answers, split.truths) = (answers, flows.map { $0.isRight ? 0 : 1 })
    (split.groups, split.captures) = (flows.map(\.group), flows.map(\.group))
    split.laboratories = flows.map { _ in "" }
    return Calibration([split], loss: .crossEntropy, tree: Self.tree, errorRate: errorRate)
  }

  @Test func `a label is given down to the similarity at which captures, counted alike, are right`() {
    // Many right flows of one capture do not outweigh the wrong ones of another.
    let mixed = [
      ("a", true), ("b", true), ("a", true), ("a", true), ("a", true), ("a", true), ("b", false), ("b", false),
    ]
    let half = fitted(mixed, errorRate: 0.5)
    #expect(half.rule.labelThresholds == [Double(Float(0.9) - 0.01 * Float(7)), nil, nil])
    #expect(half.coverage == 1 && half.errorRate == 0.25, "shares of a and b are 0 and 2 / 3")
    let fewer = fitted(mixed + [("b", false), ("b", false), ("c", false), ("c", false), ("a", false)], errorRate: 0.5)
    #expect(fewer.coverage < 1 && fewer.rule.labelThresholds?[0] != nil)
  }

  @Test func `a label of one capture, or of too few flows, is never given`() {
    let one = fitted((0..<80).map { _ in ("a", true) }, errorRate: 0.05)
    #expect(one.rule.labelThresholds == [nil, nil, nil] && one.coverage == 0 && one.errorRate == 0)
    let two = (0..<80).map { ($0 % 2 == 0 ? "a" : "b", true) }
    #expect(fitted(two, errorRate: 0.05).coverage == 1)
    #expect(fitted(Array(two.prefix(59)), errorRate: 0.05).coverage == 0, "3 / 0.05 flows are needed")
    #expect(fitted(two, errorRate: 1e-300).coverage == 0)
  }

  private static func answers(_ outputs: [[Float]]) -> [NetworkAnswer] { outputs.map { NetworkAnswer(outputs: $0) } }

  @Test func `no validation flows`() {
    let none = Calibration([], truths: [], loss: .crossEntropy, tree: Self.tree)
    #expect(none.rule == DecisionRule(.crossEntropy, Self.tree))
  }
}
