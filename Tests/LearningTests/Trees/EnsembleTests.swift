import Learning
import Records
import Testing
import Traffic

/// Boosted trees beside a network.
@Suite struct EnsembleTests {
  private static let networks: [Architecture] = [.attentionLSTM, .han, .cnn1D, .cnnLSTM]

  private static func recipe(_ architecture: Architecture = .attentionLSTM, trees: Int? = 3) -> TrainingRecipe {
    var contract = InputContract(packets: 4, bytesPerPacket: 40)
    if [.attentionLSTM, .cnnLSTM].contains(architecture) { contract.channels = [.direction, .length, .gapSteps] }
    contract.maskedFields = [.ipID]
    var options = TrainingOptions()
    (options.epochs, options.loss, options.references) = (1, .crossEntropy, 100)
    var recipe = TrainingRecipe(
      contract: contract, shape: NetworkShape(architecture, units: 8), options: options)
    recipe.ensemble = trees.map { EnsembleOptions(rounds: $0, weight: 1.5, seed: 7) }
    return recipe
  }

  private static func trained(_ recipe: TrainingRecipe) throws -> (FrozenModel, Dataset) {
    let data = SampleFlows.learnable(classes: 3, count: 40, seed: 4)
    return (try Trainer(recipe).train(data, training: Array(data.examples.indices)).model, data)
  }

  private static func answers(_ model: FrozenModel, _ flows: [ObservedFlow]) -> [NetworkAnswer] {
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    return classifier.answers(on: flows, scratch: &scratch)
  }

  @Test(arguments: networks) func `outputs are those of the network plus the scores of the trees`(
    architecture: Architecture
  ) throws {
    let (model, data) = try Self.trained(Self.recipe(architecture))
    let network = try Self.trained(Self.recipe(architecture, trees: nil)).0
    let features = try #require(ContractFeatures(model.description.contract))
    let trees = try BoostedTrees(
      features: features.features, labels: model.description.labels,
      tensors: model.tensors.filter {
        $0.key.hasPrefix("trees.") || $0.key.hasPrefix("nodes.") || $0.key == "base_score"
      })
    let flows = data.examples.map(\.flow) + SampleFlows.random(80, seed: 3)
    let together = Self.answers(model, flows), alone = Self.answers(network, flows)
    var changed = 0, contested = 0
    for index in flows.indices {
      let scores = trees.scores(features.values(of: flows[index]))
      #expect(together[index].outputs == zip(alone[index].outputs, scores).map { $0 + 1.5 * $1 })
      #expect(together[index].attention == alone[index].attention)
      #expect(together[index].similarity == alone[index].similarity)
      func first(_ values: [Float]) -> Int? { values.firstIndex(of: values.max() ?? 0) }
      #expect(together[index].isContested == (first(alone[index].outputs) != first(scores)))
      #expect(!alone[index].isContested)
      contested += together[index].isContested ? 1 : 0
      if together[index].outputs != alone[index].outputs { changed += 1 }
    }
    #expect(changed > flows.count / 2)
    #expect(contested > 0 && contested < flows.count)
  }

  @Test func `the label of both decides whether a flow is compared with references`() throws {
    var (model, data) = try Self.trained(Self.recipe())
    let flows = data.examples.map(\.flow) + SampleFlows.random(100, seed: 5)
    try model.revise { $0.labelThresholds = [nil, 0.5, nil] }
    let rule = model.description.decisionRule
    let answers = Self.answers(model, flows)
    #expect(Set(answers.map { rule.prediction($0).predicted == 1 }).count == 2)
    for answer in answers { #expect((answer.similarity != nil) == (rule.prediction(answer).predicted == 1)) }
  }

  @Test func `the trees know what the network cannot learn in one epoch`() throws {
    let (model, data) = try Self.trained(Self.recipe(trees: 20))
    let network = try Self.trained(Self.recipe(trees: nil)).0
    let all = Array(data.examples.indices)
    let both = FlowClassifier(model).evaluate(data, all).metrics.accuracy
    #expect(both > 0.95)
    #expect(both > FlowClassifier(network).evaluate(data, all).metrics.accuracy)
  }

  @Test func `a file keeps them, and the same training gives the same bytes`() throws {
    var (model, _) = try Self.trained(Self.recipe())
    try model.revise { $0.contestedTemperature = 7.5 }
    let back = try FrozenModel(parsing: model.fileBytes)
    #expect(back == model && back.description.ensemble == EnsembleOptions(rounds: 3, weight: 1.5, seed: 7))
    #expect(back.description.decisionRule.contestedTemperature == 7.5)
    try model.revise { $0.contestedTemperature = nil }
    #expect(try Self.trained(Self.recipe()).0.fileBytes == model.fileBytes)
  }

  @Test func `features are what the contract lets a network see`() throws {
    var contract = InputContract(packets: 3, bytesPerPacket: 2)
    contract.channels = [.direction, .lengthSteps, .gapSteps]
    let features = try #require(ContractFeatures(contract))
    #expect(
      features.features.map(\.name).prefix(5) == ["direction_1", "length_1", "gap_1", "byte_1_1", "byte_1_2"])
    let values = features.values(of: SampleFlows.flow([[9, 200, 3], [4]], times: [10, 35]))
    #expect(values.count == features.features.count && values.count == 15)
    #expect(Array(values.prefix(5)) == [1, 3 / 1500, 0, 9, 200])
    #expect(values[5] == -1 && values[8] == 4 && values[7] > 0)
    // A byte and a packet that are not there.
    #expect(values[9] == 0 && values[10...].allSatisfy { $0 == 0 })
    #expect(ContractFeatures(InputContract(packets: 256, bytesPerPacket: 257)) == nil)
  }

  @Test func `a masked field is zeros for the trees too`() throws {
    var generator = SeededGenerator(seed: 2)
    let flow = SampleFlows.flow([SampleFlows.packet(40, &generator)])
    var contract = InputContract(packets: 1, bytesPerPacket: 40)
    let open = try #require(ContractFeatures(contract)).values(of: flow)
    contract.maskedFields = [.ipID]
    let masked = try #require(ContractFeatures(contract)).values(of: flow)
    let changed = zip(open, masked).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
    #expect(!changed.isEmpty && Set(changed).isSubset(of: [4, 5]))
    #expect(masked[4] == 0 && masked[5] == 0)
  }

  @Test func `recipes and files that do not fit are refused`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 20, seed: 4), all = Array(data.examples.indices)
    for change: (inout TrainingRecipe) -> Void in [
      { $0.options.loss = .costSensitive },
      {
        $0.shape = NetworkShape(.deepPacket); $0.contract.channels = []
      },
      { $0.ensemble?.trees.rounds = 0 },
      { $0.ensemble?.weight = 0 }, { ($0.contract.packets, $0.contract.bytesPerPacket) = (256, 1500) },
    ] {
      var recipe = Self.recipe()
      recipe.options.references = nil
      change(&recipe)
      #expect(throws: TrainingError.self) { _ = try Trainer(recipe).train(data, training: all) }
    }

    let (model, _) = try Self.trained(Self.recipe())
    func refusal(_ change: (inout ModelDescription, inout [String: Tensor]) -> Void) -> ModelFileError.Code? {
      var description = model.description, tensors = model.tensors
      change(&description, &tensors)
      do {
        _ = try FrozenModel(description, tensors: tensors)
        return nil
      } catch { return error.code }
    }
    #expect(refusal { _, _ in } == nil)
    #expect(refusal { description, _ in description.ensemble = nil } == .badTensor)
    #expect(refusal { description, _ in description.contestedTemperature = 20 } == nil)
    #expect(refusal { description, _ in description.contestedTemperature = 0 } == .badMetadata)
    var alone = try Self.trained(Self.recipe(trees: nil)).0
    #expect(throws: ModelFileError.self) { try alone.revise { $0.contestedTemperature = 2 } }
    #expect(refusal { description, _ in description.loss = .costSensitive } == .badMetadata)
    #expect(refusal { description, _ in description.contract.bytesPerPacket = 39 } == .badTensor)
    for name in ["base_score", "trees.label", "trees.size", "nodes.feature", "nodes.value", "nodes.missing_first"] {
      #expect(refusal { $1[name] = nil } == .badTensor, "\(name)")
      #expect(refusal { $1[name]?.values[0] = .nan } == .badTensor, "\(name)")
      #expect(refusal { $1[name]?.values[0] = 1e7 } == .badTensor, "\(name)")
    }
    #expect(refusal { $1["nodes.feature"]?.values[0] = 4 * 43 } == .badTensor)
  }
}
