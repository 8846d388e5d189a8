import Foundation
import Records
import Testing
import Traffic

@testable import Learning

/// Networks and trees whose labels stand under classes.
@Suite struct NestedEnsembleTests {
  private static let labels = ["Chat", "Vpn_Chat", "Web"]

  /// Flows whose class shows in the payload, and whose place within it in the time to live.
  private static func data(_ count: Int = 60, seed: UInt64 = 4) -> Dataset {
    var generator = SeededGenerator(seed: seed)
    let examples = (0..<count).map { index in
      let label = index % 3
      let packets = (0..<3).map { _ in
        let header: [UInt8] = [0x45, 0, 0, 80, 0, 0, 0x40, 0, label == 1 ? 60 : 120, 6, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
        let noise = (0..<20).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        return header + noise + [label == 2 ? 200 : 50, 1, 2, 3]
      }
      return Example(
        flow: SampleFlows.flow(packets), label: label, group: "capture \(index % 24)", path: "capture \(index % 24)",
        laboratory: "lab \(index % 12)")
    }
    return Dataset(labels: labels, examples: examples)
  }

  private static func recipe() -> TrainingRecipe {
    var contract = InputContract(packets: 3, bytesPerPacket: 40)
    contract.channels = [.direction, .length]
    var options = TrainingOptions()
    (options.epochs, options.loss, options.laboratoryWeight) = (1, .crossEntropy, 0.7)
    var recipe = TrainingRecipe(contract: contract, shape: NetworkShape(.attentionLSTM, units: 8), options: options)
    var ensemble = EnsembleOptions(rounds: 8, weight: 1.5, seed: 7)
    (ensemble.input, ensemble.labelRounds, ensemble.learnsHidden) = (.fields, 4, true)
    (ensemble.trees.featureShare, ensemble.trees.bins) = (1, 64)
    recipe.ensemble = ensemble
    (recipe.labelPrefix, recipe.outside) = ("Vpn_", ["Web"])
    return recipe
  }

  private static func trained() throws -> (FrozenModel, Dataset) {
    let data = data()
    return (try Trainer(recipe()).train(data, training: Array(data.examples.indices)).model, data)
  }

  private static func answers(_ model: FrozenModel, _ data: Dataset) -> [NetworkAnswer] {
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    return classifier.answers(on: data.examples.map(\.flow), scratch: &scratch)
  }

  @Test func `the file keeps classes, trees and vocabulary`() throws {
    let (model, data) = try Self.trained()
    #expect(model.description.parents == ["Chat", "Chat", "Web"] && model.description.outside == ["Web"])
    #expect(model.tensors["within.base_score"] != nil && model.tensors["nodes.expected"] != nil)
    let read = try FrozenModel(parsing: model.fileBytes)
    #expect(read == model)
    #expect(Self.answers(read, data) == Self.answers(model, data))
    for name in ["within.trees.size", "trees.size"] {
      var tensors = model.tensors
      tensors[name] = nil
      #expect(throws: ModelFileError.self) { try FrozenModel(model.description, tensors: tensors) }
    }
    var extra = model.tensors
    extra["within.unknown"] = Tensor(shape: [1], values: [0])
    #expect(throws: ModelFileError.self) { try FrozenModel(model.description, tensors: extra) }
  }

  @Test func `a class has the network's and the trees' score, whatever is said within it`() throws {
    let (model, data) = try Self.trained()
    let ensemble = try #require(model.ensemble), tree = model.description.tree
    let network = FlowClassifier(model.description, block: model.parameterBlock())
    var scratch = InferenceScratch(for: network)
    let alone = network.answers(on: data.examples.map(\.flow), scratch: &scratch)
    let table = ensemble.table(data, Array(data.examples.indices)) { tree.classOfLabel[$0] }
    for (index, answer) in Self.answers(model, data).enumerated() {
      let scores = ensemble.classTrees.scores(table.row(index))
      for (place, members) in tree.members.enumerated() {
        let whole = Softmax.logarithmOfSum(members.map { answer.outputs[$0] })
        let own = Softmax.logarithmOfSum(members.map { alone[index].outputs[$0] })
        #expect((whole - (own + 1.5 * scores[place])).magnitude < 1e-4)
      }
    }
  }

  @Test func `what packets contribute adds up to the score but for what is of the whole flow`() throws {
    let (model, data) = try Self.trained()
    let ensemble = try #require(model.ensemble), tree = model.description.tree
    let table = ensemble.table(data, Array(data.examples.indices)) { tree.classOfLabel[$0] }
    let packets = 3 * FieldFeatures.width
    for (index, answer) in Self.answers(model, data).enumerated() {
      let place = tree.classOfLabel[FlowClassifier(model).prediction(answer).predicted], row = table.row(index)
      var ofPackets: Float = 0, rest: Float = 0
      ensemble.classTrees.forEachChange(of: place, row) { feature, change in
        if feature < packets { ofPackets += change } else { rest += change }
      }
      #expect((answer.contributions.reduce(0, +) - 1.5 * ofPackets).magnitude < 1e-4)
      let roots = ensemble.classTrees.trees.filter { $0.label == place }.reduce(0) { $0 + $1.nodes[0].expected }
      let score = ensemble.classTrees.scores(row)[place] - ensemble.classTrees.baseScore
      #expect((roots + ofPackets + rest - score).magnitude < 1e-4)
    }
  }

  @Test func `both levels are learned`() throws {
    let (model, data) = try Self.trained()
    let classifier = FlowClassifier(model)
    let right = zip(Self.answers(model, data), data.examples).count { classifier.prediction($0).predicted == $1.label }
    #expect(right > 50)
  }

  @Test func `a model is adapted to flows of another network`() throws {
    let (model, data) = try Self.trained()
    // There Chat and Web have each other's payload.
    let other = Dataset(
      labels: data.labels,
      examples: Self.data(90, seed: 9).examples.map { example in
        var example = example
        example.label = [2, 2, 0][example.label]
        return example
      })
    let result = try Adaptation(model, errorRate: 0.1).adapted(to: other, seed: 1)
    #expect(result.before.classMetrics.accuracy < 0.2)
    #expect(result.after.classMetrics.accuracy > 0.9, "\(result.after.classMetrics.accuracy)")
    #expect(result.model.description.training?.adaptedFlows == 90)
    #expect(try FrozenModel(parsing: result.model.fileBytes) == result.model)
    let few = Dataset(labels: data.labels, examples: Array(data.examples.prefix(10)))
    #expect(throws: TrainingError.self) { try Adaptation(model, errorRate: 0.1).adapted(to: few, seed: 1) }
  }

  @Test func `a study by captures and laboratories measures what stands for none of the others apart`() throws {
    let data = Self.data(240), recipe = Self.recipe()
    var study = CalibrationStudy(recipe, labels: data.labels, errorRate: 0.2)
    for kind in [SplitKind.grouped, .laboratory] {
      let split = data.split(kind, folds: 4, seed: 1)
      if kind == .laboratory {
        for fold in split.folds {
          let tested = Set(fold.test.map { data.examples[$0].laboratory })
          #expect(!tested.isEmpty && tested.isDisjoint(with: fold.training.map { data.examples[$0].laboratory }))
        }
      }
      study.append(try CrossValidation.run(data, recipe, split: split, threads: 2, errorRate: 0.2))
    }
    let rule = try #require(study.calibration).rule
    #expect(rule.classThresholds?.count == 2 && rule.labelThresholds?.count == 3 && rule.setShare != nil)
    #expect((rule.classThresholds ?? []).allSatisfy { $0.map { $0 >= rule.threshold } ?? true })
    let rates = study.rates(data)
    try #require(rates.map(\.split) == ["grouped", "laboratory", "no_class"])
    #expect(rates[2].flows == 160, "a third of 240 flows, twice")
  }
}
