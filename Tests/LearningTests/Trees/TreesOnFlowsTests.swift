import Foundation
import Learning
import Records
import Testing
import Traffic

/// Trees through the same training, freezing, loading and classification as networks.
@Suite struct TreesOnFlowsTests {
  private static func recipe(
    _ architecture: Architecture, _ features: InputContract.FeatureSet = .packets
  ) -> TrainingRecipe {
    var contract = InputContract(packets: 4, bytesPerPacket: 0)
    contract.features = features
    return TrainingRecipe(contract: contract, shape: NetworkShape(architecture))
  }

  /// Flows whose class shows in the sizes of their packets.
  private static var data: Dataset {
    var generator = SeededGenerator(seed: 11)
    let examples = (0..<90).map { index in
      let packets = (0...index % 3).map { _ in
        SampleFlows.packet(40 + 20 * (index % 3) + generator.below(8), &generator)
      }
      return Example(flow: SampleFlows.flow(packets), label: index % 3, group: "\(index % 9)")
    }
    return Dataset(labels: ["one", "two", "three"], examples: examples)
  }

  @Test(arguments: [Architecture.c45, .xgboost])
  func treesLearnFreezeAndLoad(architecture: Architecture) throws {
    let data = Self.data, all = Array(data.examples.indices)
    let trained = try Trainer(Self.recipe(architecture)).train(data, training: all)
    let classifier = FlowClassifier(trained.model)
    #expect(classifier.evaluate(data, all).metrics.accuracy == 1)
    let loaded = try FrozenModel(parsing: trained.model.fileBytes)
    #expect(loaded == trained.model && loaded.fileBytes == trained.model.fileBytes)
    let again = FlowClassifier(loaded)
    var scratch = InferenceScratch(for: classifier), other = InferenceScratch(for: again)
    let flows = data.examples.map(\.flow)
    #expect(again.classify(flows, scratch: &other) == classifier.classify(flows, scratch: &scratch))
    // The threshold leaves something: trees are not so sure that nothing could pass it.
    #expect(trained.calibration.map { $0.coverage > 0.5 } ?? false)
    #expect(try Trainer(Self.recipe(architecture)).train(data, training: all).model == trained.model)
  }

  @Test(arguments: [Architecture.c45, .xgboost])
  func probabilitiesAreThoseOfTheTableTrainedTree(architecture: Architecture) throws {
    let data = Self.data, all = Array(data.examples.indices)
    let recipe = Self.recipe(architecture)
    var model = try Trainer(recipe).train(data, training: all, validation: []).model
    try model.revise { $0.temperature = 1 }
    let features = try #require(FlowFeatures(recipe.contract))
    let tree = try #require(recipe.shape.treeRecipe).train(data.table(of: features))
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    for (example, answer) in zip(
      data.examples, classifier.classify(data.examples.map(\.flow), scratch: &scratch))
    {
      guard case .model(let prediction) = answer else { throw TrainingFailed() }
      let expected = tree.cautiousProbabilities(features.values(of: example.flow))
      for (given, wanted) in zip(prediction.probabilities, expected) { #expect(abs(given - wanted) < 1e-5) }
      #expect(prediction.attention.isEmpty)
    }
  }

  private struct TrainingFailed: Error {}

  @Test func featuresOfAFlowAreTimesThenSizesAndGaps() {
    var flow = SampleFlows.flow([[1, 2, 3], [4, 5]], times: [10, 35])
    let times = FlowTimeStatistics.names.count
    flow.timeFeatures = (0..<times).map { Double($0) }
    let both = FlowFeatures(.timeAndPackets, packets: 3)
    let values = both.values(of: flow)
    #expect(values.count == both.features.count)
    #expect(both.features.map(\.name) == FlowTimeStatistics.names + ["size_1", "size_2", "size_3", "gap_2", "gap_3"])
    #expect(Array(values.prefix(times)) == (0..<times).map { Float($0) })
    #expect(Array(values[times..<times + 2]) == [3, -2] && values[times + 3] == 25)
    #expect(values[times + 2].isNaN && values[times + 4].isNaN)
    flow.timeFeatures = []
    #expect(!FlowFeatures(.time, packets: 3).values(of: flow).contains { !$0.isNaN })
  }

  @Test func repeatedFlowsAreThoseWithEqualFeatures() {
    let a = SampleFlows.flow([[1, 2, 3]]), b = SampleFlows.flow([[9, 9, 9]]), c = SampleFlows.flow([[1, 2]])
    var data = Dataset(
      labels: ["x"], examples: [a, b, c].map { Example(flow: $0, label: 0, group: "g") })
    #expect(data.removeDuplicates(for: Self.recipe(.c45).contract).removed == 1)
  }

  @Test func contractsAndFilesThatDoNotFitAreRefused() throws {
    let data = Self.data, all = Array(data.examples.indices)
    var bytes = Self.recipe(.c45)
    bytes.contract = InputContract(packets: 4, bytesPerPacket: 40)
    #expect(throws: TrainingError.self) { _ = try Trainer(bytes).train(data, training: all) }
    var network = Self.recipe(.c45)
    network.shape = NetworkShape(.attentionLSTM)
    #expect(throws: TrainingError.self) { _ = try Trainer(network).train(data, training: all) }
    var both = Self.recipe(.c45).contract
    both.bytesPerPacket = 10
    #expect(both.fault != nil)
    both = Self.recipe(.c45).contract
    both.channels = [.gap]
    #expect(both.fault != nil)

    let model = try Trainer(Self.recipe(.c45)).train(data, training: all).model
    var description = model.description
    description.loss = .costSensitive
    #expect(throws: ModelFileError.self) { _ = try FrozenModel(description, tensors: model.tensors) }
    var beyond = model.tensors
    beyond["tree.feature"]?.values[0] = 1e9
    #expect(throws: ModelFileError.self) { _ = try FrozenModel(model.description, tensors: beyond) }
    for name in model.tensors.keys {
      var tensors = model.tensors
      tensors[name] = nil
      #expect(throws: ModelFileError.self, "\(name)") { _ = try FrozenModel(model.description, tensors: tensors) }
    }
  }

  /// Thresholds in microseconds are beyond what weights of networks may be.
  @Test func largeThresholdsArePartOfATree() throws {
    let examples = (0..<40).map { index in
      let flow = SampleFlows.flow([[1], [2]], times: [0, index % 2 == 0 ? 5_000_000 : 90_000_000])
      return Example(flow: flow, label: index % 2, group: "g")
    }
    let data = Dataset(labels: ["soon", "late"], examples: examples)
    let model = try Trainer(Self.recipe(.c45)).train(data, training: Array(examples.indices)).model
    #expect(FlowClassifier(model).evaluate(data, Array(examples.indices)).metrics.accuracy == 1)
    #expect(try FrozenModel(parsing: model.fileBytes) == model)
  }

  @Test(arguments: InputContract.FeatureSet.allCases)
  func aContractOfFeaturesSurvivesItsText(features: InputContract.FeatureSet) throws {
    let contract = Self.recipe(.c45, features).contract
    let data = try JSONEncoder().encode(contract)
    #expect(try JSONDecoder().decode(InputContract.self, from: data) == contract)
    #expect(contract.keepPlan.keepsTimes == (features != .packets))
    let plain = try JSONEncoder().encode(InputContract.paper)
    #expect(!String(decoding: plain, as: UTF8.self).contains("features"))
  }
}
