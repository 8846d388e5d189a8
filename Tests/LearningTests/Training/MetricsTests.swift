import Learning
import Testing

@Suite struct MetricsTests {
  private func metrics(_ answers: [(Int, Int, Double)]) -> Metrics {
    var metrics = Metrics(labels: ["a", "b", "c"])
    for (truth, predicted, confidence) in answers {
      metrics.add(truth: truth, predicted: predicted, confidence: confidence)
    }
    return metrics
  }

  @Test func `Eq. (11) and (12) by hand`() {
    let result = metrics([(0, 0, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1)])
    #expect(result.accuracy == 0.75)
    #expect(result.precision(0) == 1 && result.recall(0) == 2.0 / 3)
    #expect(result.precision(1) == 0.5 && result.recall(1) == 1)
    #expect((result.f1(0) - 0.8).magnitude < 1e-12 && (result.f1(1) - 2.0 / 3).magnitude < 1e-12)
    #expect((result.macroF1 - (0.8 + 2.0 / 3) / 2).magnitude < 1e-12)
    #expect(result.confusion == [[2, 1, 0], [0, 1, 0], [0, 0, 0]])
    #expect(result.support(2) == 0 && result.f1(2) == 0)
    // Three flows with F1 0.8, one with 2/3.
    let weightedF1 = result.average(isWeighted: true, result.f1)
    #expect((weightedF1 - 0.766_666_666_666_667).magnitude < 1e-12)
    #expect(result.average(isWeighted: true, result.precision) == 0.875)
    let macroRecall = result.average(isWeighted: false, result.recall)
    #expect((macroRecall - 0.833_333_333_333_333).magnitude < 1e-12)
    #expect(metrics([]).average(isWeighted: true, { _ in 1 }) == 0)
  }

  @Test func `a confusion matrix taken over gives the same figures, whatever a file says`() {
    let counted = metrics([(0, 0, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1)])
    let taken = Metrics(labels: counted.labels, confusion: counted.confusion)
    #expect(taken.accuracy == counted.accuracy && taken.macroF1 == counted.macroF1)
    var forged = Metrics(labels: ["a", "b"], confusion: [[.max, -5, 9], [.max], [1]])
    forged.add(Metrics(labels: ["a", "b"], confusion: [[.max, 0], [0, 0]]))
    #expect(forged.flows == 3 << 40 && forged.confusion[0][1] == 0)
  }

  @Test func `calibration error`() {
    #expect(metrics([(0, 0, 1), (1, 1, 1)]).calibrationError == 0)
    #expect((metrics([(0, 0, 0.9), (0, 1, 0.9)]).calibrationError - 0.4).magnitude < 1e-12)
    #expect(metrics([]).calibrationError == 0 && metrics([]).accuracy == 0 && metrics([]).macroF1 == 0)
  }

  @Test func `adding two measurements counts both`() {
    var first = metrics([(0, 0, 0.9)])
    first.add(metrics([(1, 2, 0.3)]))
    #expect(first == metrics([(0, 0, 0.9), (1, 2, 0.3)]))
  }

  @Test func `answers outside the labels and confidences outside 0...1 do no harm`() {
    let result = metrics([(7, 0, 1), (0, -1, 1), (0, 0, 7), (0, 0, -3)])
    #expect(result.flows == 2)
  }
}
