import Foundation
import Learning
import Testing

/// The networks other than `attention-lstm` through training, freezing, loading and evaluation.
@Suite struct NetworkTrainingTests {
  static func recipe(_ architecture: Architecture) -> TrainingRecipe {
    var recipe = TrainingRecipe(contract: InputContract(packets: 3, bytesPerPacket: 28))
    if architecture == .deepPacket {
      var size = DeepPacketDimensions()
      (size.firstFilters, size.secondFilters, size.secondKernel, size.secondStride) = (8, 8, 3, 1)
      (size.firstDense, size.secondDense, size.hidden) = (20, 16, 12)
      recipe.shape = .deepPacket(size)
    } else if architecture == .cnnLSTM {
      var size = ConvolutionalLSTMDimensions()
      (size.filters, size.kernel, size.units, size.attention, size.hidden) = (16, 4, 8, 8, 12)
      recipe.contract.encoding = .bits
      recipe.shape = .cnnLSTM(size)
    } else if architecture == .cnn1D {
      var size = ConvolutionDimensions()
      (size.length, size.firstFilters, size.secondFilters, size.kernel, size.hidden) = (60, 8, 8, 5, 16)
      recipe.shape = .cnn1D(size)
    } else {
      recipe.contract.encoding = .bits
      recipe.shape = .han(Dimensions(units: 8, attention: 8, hidden: 12))
    }
    recipe.options.epochs = 60
    recipe.options.keepProbability = 1
    recipe.options.batchSize = 8
    recipe.options.learningRate = 0.01
    return recipe
  }

  @Test(arguments: [Architecture.han, .cnn1D, .deepPacket, .cnnLSTM])
  func `learns a small set whole, and the file says the same`(architecture: Architecture) throws {
    let data = SampleFlows.learnable(classes: 3, count: 24, seed: 4)
    let all = Array(data.examples.indices)
    let trained = try Trainer(Self.recipe(architecture)).train(data, training: all)
    let classifier = FlowClassifier(trained.model)
    #expect(classifier.evaluate(data, all).metrics.accuracy == 1)
    let bytes = trained.model.fileBytes
    let loaded = try FrozenModel(parsing: bytes)
    #expect(loaded == trained.model && loaded.fileBytes == bytes)
    #expect(loaded.description.architecture == architecture)
    var scratch = InferenceScratch(for: classifier)
    let again = FlowClassifier(loaded)
    var other = InferenceScratch(for: again)
    let flows = data.examples.map(\.flow)
    #expect(again.classify(flows, scratch: &other) == classifier.classify(flows, scratch: &scratch))
    let repeated = try Trainer(Self.recipe(architecture)).train(data, training: all)
    #expect(repeated.model.fileBytes == bytes)
  }

  @Test(arguments: [Architecture.han, .cnn1D, .deepPacket, .cnnLSTM])
  func `contracts and files that do not fit are refused`(
    architecture: Architecture
  ) throws {
    var recipe = Self.recipe(architecture)
    recipe.contract.channels = [.gap]
    let data = SampleFlows.learnable(classes: 2, count: 5, seed: 4)
    if architecture != .cnnLSTM {
      let error = #expect(throws: TrainingError.self) { try Trainer(recipe).train(data, training: [0, 5]) }
      #expect(error?.code == .badRecipe && error?.message.contains("channels") == true)
    }

    let model = try SampleFlows.model(Self.recipe(architecture).contract, shape: Self.recipe(architecture).shape)
    func code(_ change: (inout Safetensors) -> Void) throws -> ModelFileError.Code? {
      var file = try Safetensors(parsing: model.fileBytes)
      change(&file)
      do throws(ModelFileError) {
        _ = try FrozenModel(parsing: file.bytes)
        return nil
      } catch { return error.code }
    }
    #expect(try code { _ in } == nil)
    #expect(try code { $0.metadata["flowcase.architecture"] = "attention-lstm" } != nil)
    #expect(try code { $0.tensors["hidden.bias"] = nil } == .badTensor)
    #expect(try code { $0.tensors["hidden.weight"]?.shape.reverse() } == .badTensor)
    #expect(
      try code {
        $0.metadata["flowcase.contract"] = $0.metadata["flowcase.contract"]?
          .replacingOccurrences(of: "\"channels\":[]", with: "\"channels\":[\"gap\"]")
      } == (architecture == .cnnLSTM ? .badTensor : .badMetadata))
    #expect(
      try code {
        $0.metadata["flowcase.dimensions"] = $0.metadata["flowcase.dimensions"]?
          .replacingOccurrences(of: "\"hidden\":1", with: "\"hidden\":100000000")
      } == .badMetadata)
  }
}
