import Learning
import Records
import Testing
import Traffic

@Suite struct FlowClassifierTests {
  /// Odd sizes, so that no dimension is a multiple of a block, panel or vector.
  private func check(_ contract: InputContract, _ dimensions: Dimensions, _ flows: [ObservedFlow]) throws {
    let model = try SampleFlows.model(contract, dimensions: dimensions, labels: 3, scale: 0.4)
    let classifier = FlowClassifier(model), plain = PlainModel(model)
    var scratch = InferenceScratch(for: classifier)
    let answers = classifier.answers(on: flows, scratch: &scratch)
    let width = contract.valuesPerPacket
    for (flow, answer) in zip(flows, answers) {
      let values = classifier.encoder.encode(flow)
      let rows = (0..<classifier.encoder.packetCount(of: flow)).map { Array(values[$0 * width..<($0 + 1) * width]) }
      let expected = plain.run(rows)
      #expect(answer.attention.count == expected.attention.count)
      for (a, b) in zip(answer.attention, expected.attention) { #expect((Double(a) - b).magnitude < 5e-6) }
      for (a, b) in zip(answer.outputs, expected.outputs) { #expect((Double(a) - b).magnitude < 2e-5) }
    }
  }

  @Test func `agrees with plain loops on odd sizes`() throws {
    let flows = SampleFlows.random(60, seed: 2, longest: 200)
    var contract = InputContract(packets: 7, bytesPerPacket: 131)
    try check(contract, Dimensions(units: 13, attention: 7, hidden: 11), flows)
    contract.padding = .zero
    try check(contract, Dimensions(units: 5, attention: 9, hidden: 3), flows)
    contract.encoding = .bits
    contract.bytesPerPacket = 33
    contract.channels = [.gap, .direction, .length]
    try check(contract, Dimensions(units: 9, attention: 1, hidden: 17), flows)
    contract.padding = .masked
    contract.bytesPerPacket = 0
    try check(contract, Dimensions(units: 1, attention: 3, hidden: 2), flows)
    contract.scope = .l7
    contract.bytesPerPacket = 300
    contract.channels = []
    try check(contract, Dimensions(units: 3, attention: 3, hidden: 2), flows)
  }

  @Test func `probabilities sum to 1 and the label is the cheapest`() throws {
    let classifier = FlowClassifier(try SampleFlows.model(InputContract(packets: 4, bytesPerPacket: 60)))
    let prediction = classifier.prediction(NetworkAnswer(outputs: [3, -1, 2, 0.5, 9]))
    #expect(prediction.predicted == 1)
    #expect((prediction.probabilities.reduce(0, +) - 1).magnitude < 1e-6)
    let confident = prediction.probabilities.max() ?? 0
    #expect(prediction.confidence == confident)
  }

  @Test func `flows the contract leaves out get their protocol's name`() throws {
    var contract = InputContract(packets: 3, bytesPerPacket: 40)
    contract.leaveOut = .dns
    let classifier = FlowClassifier(try SampleFlows.model(contract))
    var scratch = InferenceScratch(for: classifier)
    var flows = SampleFlows.random(3, seed: 1)
    flows[0].record = SampleFlows.record(.icmp)
    flows[2].record = SampleFlows.record(.udp, ports: (40_000, 53))
    flows[2].record.service = .dns
    let result = classifier.classify(flows, scratch: &scratch)
    #expect(result[0] == .protocolName("icmp"))
    #expect(result[2] == .protocolName("dns"))
    guard case .model = result[1] else {
      Issue.record("the flow between was not classified")
      return
    }
  }

  @Test func `no flows, a flow without packets, and packets without bytes`() throws {
    for padding in InputContract.Padding.allCases {
      var contract = InputContract(packets: 3, bytesPerPacket: 40)
      contract.padding = padding
      let classifier = FlowClassifier(try SampleFlows.model(contract))
      var scratch = InferenceScratch(for: classifier)
      #expect(classifier.classify([], scratch: &scratch).isEmpty)
      let result = classifier.classify([SampleFlows.flow([]), SampleFlows.flow([[], []])], scratch: &scratch)
      let lengths = result.map { classification -> Int in
        guard case .model(let prediction) = classification else { return -1 }
        #expect(prediction.probabilities.allSatisfy { $0.isFinite })
        return prediction.attention.count
      }
      #expect(lengths == (padding == .zero ? [3, 3] : [0, 2]))
    }
  }

  @Test func `a flow below the threshold is abstained on`() throws {
    var model = try SampleFlows.model(InputContract(packets: 3, bytesPerPacket: 40))
    try model.revise { $0.threshold = 1 }
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    guard case .model(let prediction) = classifier.classify(SampleFlows.random(1, seed: 4), scratch: &scratch)[0] else {
      Issue.record("no prediction")
      return
    }
    #expect(prediction.isAbstained)
  }
}
