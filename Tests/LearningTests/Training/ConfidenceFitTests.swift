import Foundation
import Learning
import Testing

@Suite struct ConfidenceFitTests {
  /// Flows whose truths are drawn with the probabilities (1 - doubt) softmax(r / 3) + doubt / 4.
  private static func drawn(_ count: Int, doubt: Float) -> (answers: [NetworkAnswer], truths: [Int], groups: [String]) {
    var generator = SeededGenerator(seed: 7)
    var answers: [NetworkAnswer] = [], truths: [Int] = []
    for _ in 0..<count {
      let row = (0..<4).map { _ in generator.unit() * 16 - 8 }
      let powers = row.map { exp($0 / 3) }
      let sum = powers.reduce(0, +)
      var draw = generator.unit()
      var truth = -1
      repeat {
        truth += 1
        draw -= (1 - doubt) * powers[truth] / sum + doubt / 4
      } while truth < 3 && draw >= 0
      answers.append(NetworkAnswer(outputs: row))
      truths.append(truth)
    }
    return (answers, truths, answers.indices.map { "capture \($0 % 5)" })
  }

  private static func calibration(_ doubt: Float, loss: LossKind = .crossEntropy) -> Calibration {
    let flows = drawn(20_000, doubt: doubt)
    let answers = flows.answers.map { NetworkAnswer(outputs: $0.outputs.map { loss.sign * $0 }) }
    return Calibration(
      answers, truths: flows.truths, groups: flows.groups, labels: 4, loss: loss, errorRate: 0.05)
  }

  @Test(arguments: [Float(0.1), 0.35, 0.7]) func `finds the doubt and the temperature truths were drawn with`(
    doubt: Float
  ) {
    let fitted = Self.calibration(doubt)
    #expect((fitted.rule.doubt - Double(doubt)).magnitude < 0.03, "\(fitted.rule.doubt)")
    #expect((fitted.rule.temperature - 3).magnitude < 0.4, "\(fitted.rule.temperature)")
    let costs = Self.calibration(doubt, loss: .costSensitive)
    #expect((costs.rule.doubt - fitted.rule.doubt).magnitude < 1e-9)
  }

  @Test func `no doubt where the outputs mean what they say`() {
    let fitted = Self.calibration(0)
    #expect(fitted.rule.doubt < 0.02 && (fitted.rule.temperature - 3).magnitude < 0.2)
  }

  @Test func `with doubt, confidence says how often the label is right`() {
    let flows = Self.drawn(20_000, doubt: 0.4)
    let fitted = Self.calibration(0.4)
    func calibrationError(_ rule: DecisionRule) -> Double {
      var metrics = Metrics(labels: ["a", "b", "c", "d"])
      for (answer, truth) in zip(flows.answers, flows.truths) {
        let prediction = rule.prediction(answer)
        metrics.add(truth: truth, predicted: prediction.predicted, confidence: Double(prediction.confidence))
      }
      return metrics.calibrationError
    }
    #expect(calibrationError(fitted.rule) < 0.015)
    let temperatureAlone = Calibration(flows.answers, truths: flows.truths, loss: .crossEntropy).rule
    #expect(temperatureAlone.doubt == 0 && calibrationError(temperatureAlone) > 0.03)
  }

  @Test func `answers that are always wrong, and none, are survived`() {
    let wrong = (0..<100).map { _ in NetworkAnswer(outputs: [900, 0, 0, 0]) }
    let fitted = Calibration(
      wrong, truths: wrong.map { _ in 1 }, groups: wrong.map { _ in "a" }, labels: 4, loss: .crossEntropy,
      errorRate: 0.05)
    #expect(fitted.rule.doubt.isFinite && (0.05...20.01).contains(fitted.rule.temperature))
    let none = Calibration([], truths: [], groups: [], labels: 4, loss: .crossEntropy, errorRate: 0.05)
    #expect(none.rule.temperature == 1 && none.rule.doubt == 0 && none.coverage == 0)
  }
}
