import Learning
import Testing
import Traffic

/// Models that PyTorch trained and the safetensors package wrote: `fixtures/numerics/pytorch_models.py`.
@Suite struct PyTorchModelTests {
  private struct Sample {
    let model: FrozenModel
    let numbers: NumberFile
    let dataset: Dataset

    init(_ architecture: Architecture) throws { try self.init(named: architecture.rawValue) }

    init(named name: String) throws {
      model = try FrozenModel(parsing: Fixtures.bytes("models/pytorch-\(name).safetensors"))
      let numbers = try NumberFile("numerics/pytorch-\(name).safetensors")
      self.numbers = numbers
      let shape = numbers.shapes["input.bytes"] ?? [0, 0, 0]
      let bytes = numbers.integers["input.bytes"] ?? [], sizes = numbers.integers["input.sizes"] ?? []
      let labels = numbers.integers["input.labels"] ?? []
      dataset = Dataset(
        labels: model.description.labels,
        examples: (0..<shape[0]).map { flow in
          let packets = (0..<shape[1]).filter { sizes[flow * shape[1] + $0] >= 0 }.map { packet in
            let row = flow * shape[1] + packet
            return bytes[row * shape[2]..<row * shape[2] + sizes[row]].map { UInt8(truncatingIfNeeded: $0) }
          }
          return Example(
            flow: SampleFlows.flow(packets, transport: 0, payload: 0), label: labels[flow], group: "")
        })
    }

    func floats(_ name: String) -> [Float] { numbers.floats[name] ?? [] }

    func check(_ layout: TensorLayout, _ gradient: [Float], loss: Double) {
      #expect((Float(loss) - floats("expected.loss")[0]).magnitude < 1e-5)
      for entry in layout.entries {
        let own = Array(gradient[entry.region.start..<entry.region.start + entry.shape.reduce(1, *)])
        let expected = floats("gradient.\(entry.name)")
        #expect(own.count == expected.count)
        for (a, b) in zip(own, expected) { #expect((a - b).magnitude < 5e-6, "gradient of \(entry.name)") }
      }
    }

    func place(_ parameters: inout Matrix) {
      for entry in model.description.layout.entries {
        for (index, value) in (model.tensors[entry.name]?.values ?? []).enumerated() {
          parameters[0, entry.region.start + index] = value
        }
      }
    }
  }

  /// `ensemble` is of `fixtures/numerics/ensemble_model.py`: trees of xgboost's Python package beside PyTorch's network.
  @Test(arguments: Architecture.allCases.filter { NetworkShape($0).treeRecipe == nil }.map(\.rawValue) + ["ensemble"])
  func `a model from PyTorch gives PyTorch's probabilities`(name: String) throws {
    let sample = try Sample(named: name)
    #expect(sample.model.description.kind == (name == "ensemble" ? "attention-lstm and trees" : name))
    let classifier = FlowClassifier(sample.model)
    var scratch = InferenceScratch(for: classifier)
    let expected = sample.floats("expected.probabilities")
    let answers = classifier.classify(sample.dataset.examples.map(\.flow), scratch: &scratch)
    #expect(!answers.isEmpty && expected.count == 3 * answers.count)
    for (flow, answer) in answers.enumerated() {
      guard case .model(let prediction) = answer else {
        Issue.record("flow \(flow) was not classified")
        continue
      }
      for (k, value) in prediction.probabilities.enumerated() {
        #expect((value - expected[3 * flow + k]).magnitude < 1e-5)
      }
    }
  }

  @Test func `loss and every gradient of han`() throws {
    let sample = try Sample(.han)
    let all = Array(sample.dataset.examples.indices)
    var network = try HierarchicalAttention(sample.model.description, flows: all.count)
    sample.place(&network.parameters)
    network.fill(sample.dataset, all)
    network.head.mask.fill(1)
    network.forward()
    let loss = network.backward(loss: Loss(kind: .crossEntropy, classCost: [1, 1, 1]))
    sample.check(network.layout.tensors, network.gradient.values, loss: loss)
  }

  @Test func `loss and every gradient of cnn-lstm`() throws {
    let sample = try Sample(.cnnLSTM)
    let all = Array(sample.dataset.examples.indices)
    var network = try ConvolutionalLSTM(sample.model.description, flows: all.count)
    sample.place(&network.parameters)
    var generator = SeededGenerator(seed: 1)
    let loss = network.learn(
      sample.dataset, all, loss: Loss(kind: .crossEntropy, classCost: [1, 1, 1]), keep: 1, &generator)
    sample.check(network.layout.tensors, network.gradient.values, loss: loss)
  }

  @Test func `loss and every gradient of deep-packet`() throws {
    let sample = try Sample(.deepPacket)
    let all = Array(sample.dataset.examples.indices)
    var network = try DeepPacket(sample.model.description, flows: all.count)
    sample.place(&network.parameters)
    var generator = SeededGenerator(seed: 1)
    let loss = network.learn(
      sample.dataset, all, loss: Loss(kind: .crossEntropy, classCost: [1, 1, 1]), keep: 1, &generator)
    sample.check(network.layout.tensors, network.gradient.values, loss: loss)
  }

  @Test func `loss and every gradient of cnn-1d`() throws {
    let sample = try Sample(.cnn1D)
    let all = Array(sample.dataset.examples.indices)
    var network = try SessionCNN(sample.model.description, flows: all.count)
    sample.place(&network.parameters)
    for index in all { network.fill(index, sample.dataset.examples[index].flow) }
    network.head.mask.fill(1)
    network.forward(rows: all.count)
    let loss = network.backward(
      labels: sample.dataset.examples.map(\.label), loss: Loss(kind: .crossEntropy, classCost: [1, 1, 1]))
    sample.check(network.layout.tensors, network.gradient.values, loss: loss)
  }
}
