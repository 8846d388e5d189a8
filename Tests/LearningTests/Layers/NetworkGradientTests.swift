import Learning
import Testing

/// Central differences of the loss for every parameter of the networks, on sizes that fit no vector or block.
@Suite struct NetworkGradientTests {
  private let step: Float = 0.01

  private func check(
    _ layout: TensorLayout, _ gradient: [Float], kinks: Int = 0, _ loss: (_ index: Int, _ change: Float) -> Double
  ) {
    var apart = 0
    for entry in layout.entries {
      for index in entry.region.start..<entry.region.start + entry.region.rows * entry.region.columns {
        let slope = Float((loss(index, step) - loss(index, -step)) / Double(2 * step))
        if (slope - gradient[index]).magnitude < 2e-3 + 0.01 * slope.magnitude { continue }
        apart += 1
        if apart > kinks {
          Issue.record("\(entry.name) at \(index - entry.region.start): \(gradient[index]), \(slope)")
        }
      }
    }
  }

  @Test(arguments: [1 << 20, 60], LossKind.allCases)
  func `every parameter of han, packets in one group and in several`(limit: Int, kind: LossKind) throws {
    var contract = InputContract(packets: 3, bytesPerPacket: 9)
    contract.encoding = limit == 60 ? .bits : .scaled
    let description = ModelDescription(
      labels: ["a", "b", "c"], contract: contract, shape: .han(Dimensions(units: 3, attention: 2, hidden: 4)),
      loss: kind)
    var network = try HierarchicalAttention(description, flows: 4, byteLimit: limit)
    let flows = SampleFlows.random(3, seed: 5, longest: 12) + [SampleFlows.flow([[], [1, 2]])]
    let dataset = Dataset(
      labels: description.labels, examples: zip(flows, [0, 2, 1, 2]).map { Example(flow: $0, label: $1, group: "") })
    network.fill(dataset, Array(flows.indices))
    var generator = SeededGenerator(seed: 17)
    for index in 0..<network.layout.tensors.count { network.parameters[0, index] = generator.unit() * 1.6 - 0.8 }
    network.head.drawMask(rows: 4, keep: 0.8, &generator)
    let loss = Loss(kind: kind, classCost: [0.5, 1.5, 1])
    network.forward()
    _ = network.backward(loss: loss)
    check(network.layout.tensors, network.gradient.values, kinks: 4) { index, change in
      let value = network.parameters[0, index]
      defer { network.parameters[0, index] = value }
      network.parameters[0, index] += change
      network.forward()
      return network.backward(loss: loss)
    }
  }

  @Test(arguments: LossKind.allCases) func `every parameter of cnn-1d`(kind: LossKind) throws {
    var size = ConvolutionDimensions()
    (size.length, size.firstFilters, size.secondFilters, size.kernel, size.pool, size.hidden) = (11, 3, 2, 4, 3, 5)
    let description = ModelDescription(
      labels: ["a", "b", "c"], contract: InputContract(packets: 3, bytesPerPacket: 9), shape: .cnn1D(size), loss: kind)
    var network = try SessionCNN(description, flows: 3)
    var generator = SeededGenerator(seed: 23)
    for row in 0..<3 { network.fill(row, values: (0..<11).map { _ in generator.unit() * 2 - 1 }) }
    for index in 0..<network.layout.tensors.count { network.parameters[0, index] = generator.unit() * 1.6 - 0.8 }
    network.head.drawMask(rows: 3, keep: 0.8, &generator)
    let loss = Loss(kind: kind, classCost: [0.5, 1.5, 1])
    network.forward(rows: 3)
    _ = network.backward(labels: [0, 2, 1], loss: loss)
    // A few differences step over a kink of ReLU or maximum.
    check(network.layout.tensors, network.gradient.values, kinks: 6) { index, change in
      let value = network.parameters[0, index]
      defer { network.parameters[0, index] = value }
      network.parameters[0, index] += change
      network.forward(rows: 3)
      return network.backward(labels: [0, 2, 1], loss: loss)
    }
  }

  @Test(arguments: [64, 3], LossKind.allCases)
  func `every parameter of deep-packet, packets in one group and in several`(group: Int, kind: LossKind) throws {
    var size = DeepPacketDimensions()
    (size.firstFilters, size.firstKernel, size.firstStride) = (3, 3, 2)
    (size.secondFilters, size.secondKernel, size.secondStride) = (2, 2, 2)
    (size.pool, size.firstDense, size.secondDense, size.hidden) = (2, 5, 4, 3)
    let description = ModelDescription(
      labels: ["a", "b", "c"], contract: InputContract(packets: 3, bytesPerPacket: 17), shape: .deepPacket(size),
      loss: kind)
    var network = try DeepPacket(description, group: group)
    let flows = SampleFlows.random(4, seed: 5, longest: 60) + [SampleFlows.flow([])]
    let dataset = Dataset(
      labels: description.labels, examples: zip(flows, [0, 2, 1, 2, 0]).map { Example(flow: $0, label: $1, group: "") })
    var generator = SeededGenerator(seed: 29)
    for index in 0..<network.layout.tensors.count { network.parameters[0, index] = generator.unit() * 1.6 - 0.7 }
    let loss = Loss(kind: kind, classCost: [0.5, 1.5, 1])
    func learn() -> Double {
      // The same dropout each time.
      var masks = SeededGenerator(seed: 31)
      return network.learn(dataset, Array(flows.indices), loss: loss, keep: 0.8, &masks)
    }
    _ = learn()
    let gradient = network.gradient.values
    #expect(gradient.count { $0 != 0 } > gradient.count / 2)
    check(network.layout.tensors, gradient, kinks: 6) { index, change in
      let value = network.parameters[0, index]
      defer { network.parameters[0, index] = value }
      network.parameters[0, index] += change
      return learn()
    }
  }

  @Test(arguments: zip(InputContract.Encoding.allCases, LossKind.allCases))
  func `every parameter of cnn-lstm`(encoding: InputContract.Encoding, kind: LossKind) throws {
    var size = ConvolutionalLSTMDimensions()
    (size.filters, size.kernel, size.units, size.attention, size.hidden) = (3, 4, 3, 2, 4)
    var contract = InputContract(packets: 3, bytesPerPacket: 9)
    (contract.encoding, contract.channels) = (encoding, [.direction, .length])
    contract.padding = kind == .crossEntropy ? .zero : .masked
    let description = ModelDescription(
      labels: ["a", "b", "c"], contract: contract, shape: .cnnLSTM(size), loss: kind)
    var network = try ConvolutionalLSTM(description, flows: 4)
    let flows = SampleFlows.random(3, seed: 5, longest: 12) + [SampleFlows.flow([[], [1, 2]])]
    let dataset = Dataset(
      labels: description.labels, examples: zip(flows, [0, 2, 1, 2]).map { Example(flow: $0, label: $1, group: "") })
    var generator = SeededGenerator(seed: 41)
    // A filter over bits adds up 32 of them; smaller weights keep the differences straight.
    let range: Float = encoding == .bits ? 0.7 : 1.6
    for index in 0..<network.layout.tensors.count {
      network.parameters[0, index] = generator.unit() * range - 0.45 * range
    }
    let loss = Loss(kind: kind, classCost: [0.5, 1.5, 1])
    func learn() -> Double {
      // The same dropout each time.
      var masks = SeededGenerator(seed: 31)
      return network.learn(dataset, Array(flows.indices), loss: loss, keep: 0.8, &masks)
    }
    _ = learn()
    let gradient = network.gradient.values
    #expect(gradient.count { $0 != 0 } > gradient.count / 2)
    check(network.layout.tensors, gradient, kinks: 6) { index, change in
      let value = network.parameters[0, index]
      defer { network.parameters[0, index] = value }
      network.parameters[0, index] += change
      return learn()
    }
  }
}
