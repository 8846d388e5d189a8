import Foundation
import Learning
import Testing

@Suite struct CalibrationTests {
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
    let logits = Calibration(outputs: outputs, truths: truths, loss: .crossEntropy)
    #expect((logits.temperature - 3).magnitude < 0.15)
    let costs = Calibration(outputs: outputs.map { $0.map { -$0 } }, truths: truths, loss: .costSensitive)
    #expect((costs.temperature - logits.temperature).magnitude < 1e-9)
  }

  @Test func `the threshold keeps the stated error rate`() {
    // Confidence falls from flow to flow; the wrong ones are number 10 and all from 15 on.
    let outputs = (0..<20).map { [Float(20 - $0), 0] }
    let truths = (0..<20).map { $0 == 10 || $0 >= 15 ? 1 : 0 }
    let strict = Calibration(outputs: outputs, truths: truths, loss: .crossEntropy, errorRate: 0)
    #expect(strict.coverage == 0.5 && strict.errorRate == 0)
    let loose = Calibration(outputs: outputs, truths: truths, loss: .crossEntropy, errorRate: 0.13)
    #expect(loose.coverage == 0.8 && loose.errorRate == 0.125)
    #expect(loose.threshold < strict.threshold)
    let never = Calibration(outputs: outputs, truths: outputs.map { _ in 1 }, loss: .crossEntropy, errorRate: 0)
    #expect(never.threshold == 1 && never.coverage == 0)
  }

  @Test func `a threshold needs flows enough to stand on`() {
    let outputs = (0..<20).map { [Float(20 - $0), 0] }
    let truths = (0..<20).map { $0 >= 10 ? 1 : 0 }
    func fitted(_ least: Int) -> Calibration {
      Calibration(outputs: outputs, truths: truths, loss: .crossEntropy, errorRate: 0.05, leastFlows: least)
    }
    #expect(fitted(10).coverage == 0.5)
    #expect(fitted(11).coverage == 0 && fitted(11).threshold == 1)
  }

  @Test func `no validation flows`() {
    let none = Calibration(outputs: [], truths: [], loss: .crossEntropy)
    #expect(none.temperature == 1 && none.threshold == 0)
  }
}
