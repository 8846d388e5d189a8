import Learning
import Testing

@Suite struct TrainerTests {
  static func recipe(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingRecipe {
    var contract = InputContract(packets: 4, bytesPerPacket: 24)
    contract.encoding = .bits
    contract.channels = [.direction, .length]
    var recipe = TrainingRecipe(
      contract: contract, shape: .attentionLSTM(Dimensions(units: 8, attention: 6, hidden: 12)))
    recipe.options.epochs = 6
    recipe.options.batchSize = 16
    recipe.options.learningRate = 0.01
    change(&recipe.options)
    return recipe
  }

  @Test(arguments: LossKind.allCases) func `learns classes that bytes tell apart`(loss: LossKind) throws {
    let data = SampleFlows.learnable(classes: 3, count: 60, seed: 4)
    let all = Array(data.examples.indices)
    var reports: [EpochReport] = []
    let trained = try Trainer(Self.recipe { $0.loss = loss }).train(data, training: all) { reports.append($0) }
    #expect(reports == trained.reports && reports.map(\.epoch) == Array(1...6))
    #expect((reports.last?.loss ?? 1) < (reports.first?.loss ?? 0) / 2)
    let evaluation = FlowClassifier(trained.model).evaluate(data, all)
    #expect(evaluation.metrics.macroF1 > 0.95)
    #expect(trained.model.description.training?.keptEpoch == reports.last { $0.isBest }?.epoch)
    #expect(trained.calibration != nil)
  }

  @Test func `same seed, same file; other seed, other file`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 30, seed: 9)
    let all = Array(data.examples.indices)
    func bytes(_ seed: UInt64) throws -> [UInt8] {
      try Trainer(Self.recipe { ($0.seed, $0.epochs) = (seed, 2) }).train(data, training: all).model.fileBytes
    }
    let first = try bytes(1)
    #expect(try bytes(1) == first)
    #expect(try bytes(2) != first)
  }

  @Test func `every option at once`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 40, seed: 2)
    let all = Array(data.examples.indices)
    for schedule in TrainingOptions.Schedule.allCases {
      for cost in TrainingOptions.ClassCost.allCases {
        let recipe = Self.recipe {
          ($0.schedule, $0.classCost, $0.gradientNorm, $0.patience) = (schedule, cost, 0.5, 2)
          $0.keepsBestEpoch = false
        }
        let reports = try Trainer(recipe).train(data, training: all).reports
        if schedule == .constant { #expect(reports.allSatisfy { $0.learningRate == 0.01 }) }
        if schedule == .step, reports.count == 6 { #expect(reports[5].learningRate < 0.0011) }
        if schedule == .cosine { #expect(reports.first?.learningRate == 0.01) }
      }
    }
  }

  @Test func `no validation flows: the last epoch, no abstaining`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 20, seed: 2)
    let trained = try Trainer(Self.recipe()).train(data, training: Array(data.examples.indices), validation: [])
    #expect(trained.calibration == nil && trained.model.description.threshold == 0)
    #expect(trained.model.description.training?.keptEpoch == 6)
  }

  @Test func `zero padding trains too`() throws {
    var recipe = Self.recipe { $0.epochs = 3 }
    recipe.contract.padding = .zero
    let data = SampleFlows.learnable(classes: 2, count: 40, seed: 2)
    let all = Array(data.examples.indices)
    let trained = try Trainer(recipe).train(data, training: all)
    #expect(FlowClassifier(trained.model).evaluate(data, all).metrics.accuracy > 0.9)
  }

  @Test func `what cannot be trained says why`() {
    let data = SampleFlows.learnable(classes: 2, count: 10, seed: 2)
    let all = Array(data.examples.indices)
    func code(_ recipe: TrainingRecipe, _ training: [Int]) -> TrainingError.Code? {
      do {
        _ = try Trainer(recipe).train(data, training: training)
        return nil
      } catch { return error.code }
    }
    #expect(code(Self.recipe { $0.epochs = 0 }, all) == .badRecipe)
    #expect(code(Self.recipe { $0.learningRate = .nan }, all) == .badRecipe)
    #expect(code(Self.recipe { $0.seed = .max }, all) == .badRecipe)
    #expect(code(Self.recipe(), []) == .badData)
    #expect(code(Self.recipe(), Array(all.prefix(5))) == .badData)
  }
}
