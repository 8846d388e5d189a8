import Learning
import Records
import Testing
import Traffic

/// The classifiers of `han`, `cnn-1d`, `deep-packet` and `cnn-lstm` against plain loops, and the bits of their results.
@Suite struct NetworkInferenceTests {
  static func smallCNN() -> ConvolutionDimensions {
    var size = ConvolutionDimensions()
    (size.length, size.firstFilters, size.secondFilters) = (71, 5, 7)
    (size.kernel, size.pool, size.hidden) = (4, 3, 9)
    return size
  }

  @Test(arguments: InputContract.Encoding.allCases, InputContract.Padding.allCases)
  func `han agrees with plain loops`(encoding: InputContract.Encoding, padding: InputContract.Padding) throws {
    var contract = InputContract(packets: 6, bytesPerPacket: 61)
    (contract.encoding, contract.padding) = (encoding, padding)
    let model = try SampleFlows.model(
      contract, shape: .han(Dimensions(units: 5, attention: 3, hidden: 7)), labels: 3, scale: 0.6)
    let flows = SampleFlows.random(30, seed: 2, longest: 90) + [SampleFlows.flow([[], []]), SampleFlows.flow([])]
    let classifier = FlowClassifier(model), plain = PlainNetwork(model)
    var scratch = InferenceScratch(for: classifier)
    let encoder = classifier.encoder
    var buffer = [UInt8](repeating: 0, count: 61)
    for (flow, answer) in zip(flows, classifier.answers(on: flows, scratch: &scratch)) {
      let packets = (0..<encoder.packetCount(of: flow)).map { index -> [[Double]] in
        guard index < flow.packets.count else { return [] }
        let count = encoder.copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
        return buffer[..<count].map { byte in
          encoding == .scaled ? [Double(byte) / 255] : (0..<8).map { Double(byte >> (7 - $0) & 1) }
        }
      }
      let expected = plain.han(packets)
      #expect(answer.attention.count == expected.attention.count)
      for (a, b) in zip(answer.attention, expected.attention) { #expect((Double(a) - b).magnitude < 5e-6) }
      for (a, b) in zip(answer.outputs, expected.outputs) { #expect((Double(a) - b).magnitude < 2e-5) }
    }
  }

  @Test(arguments: InputContract.Padding.allCases)
  func `han's attention by field is that of the packets times that of their bytes`(
    padding: InputContract.Padding
  ) throws {
    var contract = InputContract(packets: 6, bytesPerPacket: 61)
    contract.padding = padding
    let model = try SampleFlows.model(
      contract, shape: .han(Dimensions(units: 5, attention: 3, hidden: 7)), labels: 3, scale: 0.6)
    let flows = SampleFlows.random(40, seed: 8, longest: 90) + [SampleFlows.flow([[], []])]
    let classifier = FlowClassifier(model), plain = PlainNetwork(model)
    var scratch = InferenceScratch(for: classifier)
    let encoder = classifier.encoder
    var buffer = [UInt8](repeating: 0, count: 61)
    for (flow, answer) in zip(flows, classifier.classify(flows, scratch: &scratch)) {
      guard case .model(let prediction) = answer else { continue }
      let packets = (0..<encoder.packetCount(of: flow)).map { index -> [[Double]] in
        guard index < flow.packets.count else { return [] }
        let count = encoder.copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
        return buffer[..<count].map { [Double($0) / 255] }
      }
      let plainly = plain.han(packets)
      var weights: [HeaderField: Double] = [:], bytes: [HeaderField: Int] = [:]
      for (index, packet) in plainly.bytes.enumerated() {
        if packet.isEmpty {
          weights[.none, default: 0] += plainly.attention[index]
          bytes[HeaderField.none] = 0
          continue
        }
        for span in encoder.visibleFields(of: flow.packets[index], in: flow) {
          weights[span.field, default: 0] += plainly.attention[index] * packet[span.range].reduce(0, +)
          bytes[span.field, default: 0] += span.range.count
        }
      }
      let given = prediction.fieldAttention
      #expect(given.map(\.field) == HeaderField.allCases.filter { weights[$0] != nil })
      #expect((given.reduce(0) { $0 + Double($1.weight) } - 1).magnitude < 1e-5)
      for share in given {
        #expect((Double(share.weight) - (weights[share.field] ?? -1)).magnitude < 5e-6)
        #expect(share.bytes == bytes[share.field])
      }
    }
  }

  @Test func `han's attention by field has the same bits alone and in any batch, others have none`() throws {
    let flows = SampleFlows.random(60, seed: 31, longest: 120)
    for shape in Self.shapes {
      let classifier = FlowClassifier(
        try SampleFlows.model(InputContract(packets: 4, bytesPerPacket: 70), shape: shape))
      var scratch = InferenceScratch(for: classifier)
      func fields(_ flows: [ObservedFlow]) -> [[FieldAttention]] {
        classifier.classify(flows, scratch: &scratch).map { answer in
          if case .model(let prediction) = answer { prediction.fieldAttention } else { [] }
        }
      }
      let together = fields(flows)
      #expect(together.allSatisfy { $0.isEmpty == (shape.architecture != .han) })
      for (index, flow) in flows.prefix(12).enumerated() { #expect(fields([flow]) == [together[index]]) }
      #expect(fields(flows.reversed()) == together.reversed())
    }
  }

  @Test func `cnn-1d agrees with plain loops, has no attention, and packets follow each other`() throws {
    let contract = InputContract(packets: 5, bytesPerPacket: 40)
    let model = try SampleFlows.model(contract, shape: .cnn1D(Self.smallCNN()), labels: 3, scale: 0.4)
    let flows = SampleFlows.random(70, seed: 6, longest: 60) + [SampleFlows.flow([])]
    let classifier = FlowClassifier(model), plain = PlainNetwork(model)
    var scratch = InferenceScratch(for: classifier)
    var buffer = [UInt8](repeating: 0, count: 40)
    for (flow, answer) in zip(flows, classifier.answers(on: flows, scratch: &scratch)) {
      var session: [Double] = []
      for packet in flow.packets.prefix(5) {
        let count = classifier.encoder.copyVisibleBytes(of: packet, in: flow, to: &buffer)
        session += buffer[..<count].map { Double($0) / 255 }
      }
      session = Array((session + [Double](repeating: 0, count: 71)).prefix(71))
      #expect(answer.attention.isEmpty)
      for (a, b) in zip(answer.outputs, plain.cnn1D(session)) { #expect((Double(a) - b).magnitude < 2e-5) }
    }
  }

  static func smallDeepPacket() -> DeepPacketDimensions {
    var size = DeepPacketDimensions()
    (size.firstFilters, size.firstKernel, size.firstStride) = (7, 3, 2)
    (size.secondFilters, size.secondKernel, size.secondStride) = (5, 4, 3)
    (size.pool, size.firstDense, size.secondDense, size.hidden) = (2, 9, 6, 5)
    return size
  }

  @Test(arguments: LossKind.allCases, [Int](14...16))
  func `deep-packet agrees with plain loops: the mean over the packets that are there`(kind: LossKind, bytes: Int)
    throws
  {
    var contract = InputContract(packets: 5, bytesPerPacket: bytes == 16 ? 67 : bytes)
    contract.padding = bytes == 15 ? .zero : .masked
    let length = contract.bytesPerPacket
    let model = try SampleFlows.model(
      contract, shape: .deepPacket(Self.smallDeepPacket()), labels: 3, loss: kind, scale: 0.6)
    let flows =
      SampleFlows.random(70, seed: 6, longest: 90) + [
        SampleFlows.flow([[]]), SampleFlows.flow([]), SampleFlows.flow([[1]]),
      ]
    let classifier = FlowClassifier(model), plain = PlainNetwork(model)
    var scratch = InferenceScratch(for: classifier)
    var buffer = [UInt8](repeating: 0, count: length)
    for (flow, answer) in zip(flows, classifier.answers(on: flows, scratch: &scratch)) {
      let packets = flow.packets.prefix(5).map { packet in
        let count = classifier.encoder.copyVisibleBytes(of: packet, in: flow, to: &buffer)
        return buffer[..<count].map { Double($0) / 255 } + [Double](repeating: 0, count: length - count)
      }
      let expected = plain.deepPacket(packets, sign: Double(kind.sign))
      #expect(answer.attention.isEmpty && answer.outputs.count == 3)
      for (a, b) in zip(answer.outputs, expected) { #expect((Double(a) - b).magnitude < 2e-5) }
    }
  }

  static func smallCNNLSTM() -> ConvolutionalLSTMDimensions {
    var size = ConvolutionalLSTMDimensions()
    (size.filters, size.kernel, size.units, size.attention, size.hidden) = (7, 4, 5, 3, 6)
    return size
  }

  @Test(arguments: InputContract.Encoding.allCases, InputContract.Padding.allCases)
  func `cnn-lstm agrees with plain loops`(encoding: InputContract.Encoding, padding: InputContract.Padding) throws {
    var contract = InputContract(packets: 6, bytesPerPacket: 61)
    (contract.encoding, contract.padding, contract.channels) = (encoding, padding, [.direction, .length])
    let model = try SampleFlows.model(contract, shape: .cnnLSTM(Self.smallCNNLSTM()), labels: 3, scale: 0.6)
    let flows = SampleFlows.random(30, seed: 2, longest: 90) + [SampleFlows.flow([[], [7]]), SampleFlows.flow([])]
    let classifier = FlowClassifier(model), plain = PlainNetwork(model)
    var scratch = InferenceScratch(for: classifier)
    let encoder = classifier.encoder
    var buffer = [UInt8](repeating: 0, count: 61)
    for (flow, answer) in zip(flows, classifier.answers(on: flows, scratch: &scratch)) {
      let packets = (0..<encoder.packetCount(of: flow)).map { index -> (bytes: [[Double]], channels: [Double]) in
        guard index < flow.packets.count else { return ([], [0, 0]) }
        let count = encoder.copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
        let bytes = buffer[..<count].map { byte in
          encoding == .scaled ? [Double(byte) / 255] : (0..<8).map { Double(byte >> (7 - $0) & 1) }
        }
        var channels: [Double] = []
        encoder.forEachChannelValue(ofPacket: index, in: flow) { channels.append(Double($1)) }
        return (bytes, channels)
      }
      let expected = plain.cnnLSTM(packets)
      #expect(answer.attention.count == expected.attention.count)
      for (a, b) in zip(answer.attention, expected.attention) { #expect((Double(a) - b).magnitude < 5e-6) }
      for (a, b) in zip(answer.outputs, expected.outputs) { #expect((Double(a) - b).magnitude < 2e-5) }
    }
  }

  static let shapes: [NetworkShape] = [
    .cnnLSTM(smallCNNLSTM()),
    .attentionLSTM(Dimensions(units: 6, attention: 5, hidden: 4, attentionKind: .local(window: 1))),
    .attentionLSTM(Dimensions(units: 6, attention: 5, hidden: 4, attentionKind: .hard)),
    .han(Dimensions(units: 6, attention: 5, hidden: 4, attentionKind: .hard)),
    .han(Dimensions(units: 20, attention: 12, hidden: 9)), .cnn1D(smallCNN()), .deepPacket(smallDeepPacket()),
  ]

  @Test(arguments: shapes) func `the same bits alone, in any batch and permuted`(shape: NetworkShape) throws {
    let classifier = FlowClassifier(try SampleFlows.model(InputContract(packets: 4, bytesPerPacket: 70), shape: shape))
    var scratch = InferenceScratch(for: classifier)
    let flows = SampleFlows.random(90, seed: 12, longest: 120)
    func bits(_ flows: [ObservedFlow]) -> [[UInt32]] {
      classifier.answers(on: flows, scratch: &scratch).map { ($0.outputs + [-1] + $0.attention).map(\.bitPattern) }
    }
    let together = bits(flows)
    for (index, flow) in flows.prefix(12).enumerated() { #expect(bits([flow]) == [together[index]]) }
    for size in [2, 7, 31] { #expect(bits(Array(flows.suffix(size))) == Array(together.suffix(size))) }
    var generator = SeededGenerator(seed: 3)
    let order = generator.shuffled(Array(flows.indices))
    #expect(bits(order.map { flows[$0] }) == order.map { together[$0] })
  }
}
