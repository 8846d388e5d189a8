import Learning
import Records
import Testing

@Suite struct CrossValidationTests {
  @Test func `the result does not depend on the number of threads`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 30, seed: 6)
    let recipe = TrainerTests.recipe { $0.epochs = 2 }
    for kind in SplitKind.allCases {
      let split = data.split(kind, folds: 3, seed: 1)
      let one = try CrossValidation.run(data, recipe, split: split, threads: 1)
      let three = try CrossValidation.run(data, recipe, split: split, threads: 3)
      #expect(one.rounds.map(\.fold) == [0, 1, 2])
      #expect(one.rounds.map(\.evaluation) == three.rounds.map(\.evaluation))
      #expect(one.pooled == three.pooled)
      #expect(one.pooled.metrics.flows == split.folds.reduce(0) { $0 + $1.test.count })
      #expect(one.mean { $0.metrics.accuracy } > 0.4)
      // The flows behind the figures give the figures.
      let again = Evaluation(one.judged, data, one.pooled.tree)
      #expect(again.metrics.confusion == one.pooled.metrics.confusion)
      #expect(again.given == one.pooled.given)
      #expect((again.metrics.calibrationError - one.pooled.metrics.calibrationError).magnitude < 1e-9)
      #expect(
        one.judged.map { [$0.round ?? -1, $0.example] }
          == split.folds.enumerated().flatMap { round, fold in fold.test.map { [round, $0] } })
    }
  }

  /// Captures of which each has a sign of its own beside a sign of the class that is often wrong: sure on flows of known
  /// captures, unsure on others.
  private func captures() -> Dataset {
    var generator = SeededGenerator(seed: 12)
    let examples = (0..<360).map { index in
      let capture = index % 12, label = capture % 2
      var bytes = SampleFlows.packet(48, &generator)
      for place in 20..<24 { bytes[place] = UInt8(capture * 21) }
      for place in 24..<28 { bytes[place] = UInt8(17 * ((generator.below(10) < 3 ? 1 - label : label) + 1)) }
      return Example(flow: SampleFlows.flow([bytes, bytes]), label: label, group: "capture \(capture)")
    }
    return Dataset(labels: ["a", "b"], examples: examples)
  }

  private static func joined(_ answers: [LabelledAnswers]) -> LabelledAnswers {
    answers.reduce(into: LabelledAnswers()) { $0.append($1) }
  }

  @Test func `on captures left out, confidence is what was seen on other captures left out`() throws {
    let data = captures()
    let recipe = TrainerTests.recipe { $0.epochs = 10 }
    let split = data.split(.grouped, folds: 4, seed: 1)
    let result = try CrossValidation.run(data, recipe, split: split, threads: 2, errorRate: 0.2)
    let calibration = try #require(result.calibration)
    let answers = result.rounds.map(\.answers)
    #expect(answers.reduce(0) { $0 + $1.truths.count } == data.examples.count)
    #expect(
      calibration
        == Calibration([Self.joined(answers)], loss: .costSensitive, tree: result.pooled.tree, errorRate: 0.2))
    for (index, round) in result.rounds.enumerated() {
      let others = answers.indices.filter { $0 != index }.map { answers[$0] }
      let fitted = Calibration(
        [Self.joined(others)], loss: .costSensitive, tree: result.pooled.tree, errorRate: 0.2)
      #expect(round.calibration == fitted)
    }
    // The same models, asked as sure as flows of known captures make them.
    var sure = DecisionRule(.costSensitive, LabelTree(labels: data.labels, parents: nil))
    sure.temperature = 0.5
    let hopeful = answers.map { Evaluation($0, sure) }.reduce(
      into: Evaluation(sure.tree)
    ) { $0.add($1) }
    #expect(result.pooled.metrics.confusion == hopeful.metrics.confusion)
    #expect(result.pooled.metrics.calibrationError < hopeful.metrics.calibrationError)
  }

  @Test func `a rate that no number of flows could show makes the model abstain`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 20, seed: 6)
    let split = data.split(.grouped, folds: 2, seed: 1)
    let recipe = TrainerTests.recipe { $0.epochs = 1 }
    let result = try CrossValidation.run(data, recipe, split: split, errorRate: 1e-300)
    #expect(result.calibration?.coverage == 0 && result.pooled.labelled == 0)
  }

  @Test func `flows dealt by chance keep the thresholds of their own validation flows`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 30, seed: 6)
    let split = data.split(.random, folds: 3, seed: 1)
    let result = try CrossValidation.run(data, TrainerTests.recipe { $0.epochs = 2 }, split: split)
    #expect(result.calibration == nil)
    let trained = try Trainer(TrainerTests.recipe { $0.epochs = 2 }).train(
      data, training: split.folds[0].training, validation: split.folds[0].validation)
    #expect(result.rounds[0].calibration == trained.calibration)
    #expect(result.rounds[0].evaluation == FlowClassifier(trained.model).evaluate(data, split.folds[0].test))
  }

  @Test func `an error in a round ends the run`() {
    let data = SampleFlows.learnable(classes: 2, count: 10, seed: 6)
    let split = data.split(.random, folds: 2, seed: 1)
    #expect(throws: TrainingError.self) {
      try CrossValidation.run(data, TrainerTests.recipe { $0.batchSize = 0 }, split: split, threads: 2)
    }
  }
}
