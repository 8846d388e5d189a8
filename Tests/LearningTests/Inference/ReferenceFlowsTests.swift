import Learning
import Records
import Testing
import Traffic

@Suite struct ReferenceFlowsTests {
  private static let contract: InputContract = {
    var contract = InputContract(packets: 4, bytesPerPacket: 40)
    contract.encoding = .bits
    contract.channels = InputContract.Channel.allCases
    return contract
  }()

  private static func trained(_ architecture: Architecture, references: Int? = 500) throws -> (FrozenModel, Dataset) {
    let data = SampleFlows.learnable(classes: 2, count: 30, seed: 4)
    var contract = contract
    if architecture != .attentionLSTM { (contract.encoding, contract.channels) = (.scaled, []) }
    var options = TrainingOptions()
    (options.epochs, options.references) = (1, references)
    let recipe = TrainingRecipe(contract: contract, shape: NetworkShape(architecture, units: 8), options: options)
    return (try Trainer(recipe).train(data, training: Array(data.examples.indices)).model, data)
  }

  @Test func `flows it was trained on are as similar as can be, others less`() throws {
    let (model, data) = try Self.trained(.attentionLSTM)
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    let known = classifier.answers(on: data.examples.map(\.flow), scratch: &scratch).compactMap(\.similarity)
    #expect(known.count == data.examples.count)
    // A flow in ten was set aside to choose the epoch: it is not kept.
    #expect(known.count { $0 > 0.99999 } >= data.examples.count * 8 / 10)
    let foreign = classifier.answers(on: SampleFlows.random(60, seed: 2), scratch: &scratch).compactMap(\.similarity)
    #expect(foreign.allSatisfy { (-1...1).contains($0) })
    func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
    #expect(mean(foreign) < mean(known) - 0.001)
  }

  @Test func `similarity is the greatest cosine, in any batch`() throws {
    let (model, data) = try Self.trained(.attentionLSTM)
    let classifier = FlowClassifier(model)
    let flows = data.examples.map(\.flow) + SampleFlows.random(150, seed: 3)
    var scratch = InferenceScratch(for: classifier)
    let together = classifier.answers(on: flows, scratch: &scratch)
    for (flow, answer) in zip(flows, together) {
      let alone = classifier.answers(on: [flow], scratch: &scratch)
      #expect(alone[0].similarity?.bitPattern == answer.similarity?.bitPattern)
    }
    // With one reference, and then with its opposite, the same number changes its sign.
    let width = try #require(model.description.featureCount)
    let row = Array(try #require(model.tensors["references"]).values.prefix(width))
    func similarities(_ row: [Float]) throws -> [Float] {
      var tensors = model.tensors
      tensors["references"] = Tensor(shape: [1, width], values: row)
      let classifier = FlowClassifier(try FrozenModel(model.description, tensors: tensors))
      var scratch = InferenceScratch(for: classifier)
      return classifier.answers(on: flows, scratch: &scratch).compactMap(\.similarity)
    }
    let straight = try similarities(row), opposite = try similarities(row.map { -$0 })
    #expect(straight == opposite.map { -$0 })
    for (one, all) in zip(straight, together.compactMap(\.similarity)) { #expect(one <= all) }
  }

  @Test func `flows whose label is never given are not compared, the others as if all were`() throws {
    var (model, data) = try Self.trained(.attentionLSTM)
    let flows = data.examples.map(\.flow) + SampleFlows.random(150, seed: 3)
    func answers(_ model: FrozenModel) -> [NetworkAnswer] {
      let classifier = FlowClassifier(model)
      var scratch = InferenceScratch(for: classifier)
      return classifier.answers(on: flows, scratch: &scratch)
    }
    let all = answers(model)
    #expect(all.allSatisfy { $0.similarity != nil })
    try model.revise { $0.labelThresholds = [nil, 0.5] }
    let some = answers(model)
    let asked = all.map { model.description.decisionRule.prediction($0).predicted == 1 }
    #expect(asked.contains(true) && asked.contains(false))
    for index in flows.indices {
      #expect(some[index].similarity?.bitPattern == (asked[index] ? all[index].similarity?.bitPattern : nil))
      let rule = model.description.decisionRule
      #expect(rule.prediction(some[index]) == rule.prediction(all[index]))
    }
  }

  @Test(arguments: Architecture.allCases) func `every network with features of a flow keeps references`(
    architecture: Architecture
  ) throws {
    guard NetworkShape(architecture).treeRecipe == nil else { return }
    let (model, data) = try Self.trained(architecture)
    #expect((model.tensors["references"] != nil) == (architecture != .deepPacket))
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    let answer = classifier.answers(on: [data.examples[0].flow], scratch: &scratch)[0]
    #expect((answer.similarity != nil) == (architecture != .deepPacket))
    #expect(try FrozenModel(parsing: model.fileBytes) == model)
  }

  @Test func `a limit is kept, and without one nothing is`() throws {
    #expect(try Self.trained(.attentionLSTM, references: 5).0.tensors["references"]?.shape.first == 5)
    #expect(try Self.trained(.attentionLSTM, references: nil).0.tensors["references"] == nil)
  }

  @Test func `references that do not fit are refused`() throws {
    let (model, _) = try Self.trained(.attentionLSTM)
    let width = try #require(model.description.featureCount)
    func refusal(_ tensor: Tensor, _ model: FrozenModel) -> ModelFileError? {
      var tensors = model.tensors
      tensors["references"] = tensor
      do {
        _ = try FrozenModel(model.description, tensors: tensors)
        return nil
      } catch { return error }
    }
    let unit = [1] + [Float](repeating: 0, count: width - 1)
    #expect(refusal(Tensor(shape: [1, width], values: unit), model) == nil)
    for tensor in [
      Tensor(shape: [1, width - 1], values: Array(unit.dropLast())), Tensor(shape: [0, width], values: []),
      Tensor(shape: [width], values: unit), Tensor(shape: [1, width], values: unit.map { $0 * 1.1 }),
      Tensor(shape: [1, width], values: unit.map { _ in .nan }), Tensor(shape: [2, width], values: unit),
    ] { #expect(refusal(tensor, model)?.code == .badTensor, "\(tensor.shape)") }
    let deep = try Self.trained(.deepPacket).0
    #expect(refusal(Tensor(shape: [1, width], values: unit), deep)?.message.contains("has no use for") == true)
  }

  @Test func `thresholds of labels are checked`() throws {
    var (model, _) = try Self.trained(.attentionLSTM)
    try model.revise { $0.labelThresholds = [0.5, nil] }
    let back = try FrozenModel(parsing: model.fileBytes)
    #expect(back.description.labelThresholds == [0.5, nil])
    #expect(throws: ModelFileError.self) { try model.revise { $0.labelThresholds = [0.5] } }
    #expect(throws: ModelFileError.self) { try model.revise { $0.labelThresholds = [0.5, 1.5] } }
  }
}
