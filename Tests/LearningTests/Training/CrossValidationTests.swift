import Learning
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
    }
  }

  @Test func `an error in a round ends the run`() {
    let data = SampleFlows.learnable(classes: 2, count: 10, seed: 6)
    let split = data.split(.random, folds: 2, seed: 1)
    #expect(throws: TrainingError.self) {
      try CrossValidation.run(data, TrainerTests.recipe { $0.batchSize = 0 }, split: split, threads: 2)
    }
  }
}
