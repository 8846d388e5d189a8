import Learning
import Testing
import Traffic

@Suite struct FieldDropoutTests {
  /// A TCP packet over IPv4 without a zero in it: 40 bytes of headers, four of options, six of payload.
  private static let packet = [0x45] + [UInt8](repeating: 7, count: 49)

  private func hidden(_ fields: Set<InputContract.MaskedField>, payload: Bool = false) -> [Int] {
    var flow = SampleFlows.flow([Self.packet, Self.packet], payload: 44)
    flow.hide(fields, payload: payload)
    let places = flow.bytes.indices.filter { flow.bytes[$0] == 0 }
    #expect(places.filter { $0 >= 50 } == places.filter { $0 < 50 }.map { $0 + 50 }, "both packets alike")
    return places.filter { $0 < 50 }
  }

  @Test func `hides the bytes of a field and no other`() {
    #expect(hidden([.ttl]) == [8])
    #expect(hidden([.ipID, .tcpWindow]) == [4, 5, 34, 35])
    #expect(hidden([.tcpOptions]) == Array(40..<44))
    #expect(hidden([], payload: true) == Array(44..<50))
    #expect(hidden([]).isEmpty)
  }

  @Test func `false offsets hide nothing beyond the packet`() {
    var flow = SampleFlows.flow([Self.packet, Self.packet], transport: 48, payload: 60_000)
    flow.hide(Set(InputContract.MaskedField.allCases), payload: true)
    #expect(flow.bytes[50] == 0x45 && flow.bytes.count == 100)
  }

  @Test func `changes the weights, the same for the same seed, and is kept in the model file`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 30, seed: 9)
    let all = Array(data.examples.indices)
    func model(_ share: Double?) throws -> FrozenModel {
      let recipe = TrainerTests.recipe { ($0.fieldDropout, $0.epochs) = (share, 2) }
      return try Trainer(recipe).train(data, training: all).model
    }
    let thinned = try model(0.5)
    #expect(try model(0.5).fileBytes == thinned.fileBytes)
    #expect(try model(nil).tensors != thinned.tensors)
    #expect(try FrozenModel(parsing: thinned.fileBytes).description.training?.options.fieldDropout == 0.5)
    #expect(throws: TrainingError.self) { try model(1) }
  }

  /// One byte tells the classes apart in training and is noise afterwards; another tells them apart always.
  @Test func `a network that must do without a shortcut learns the rest`() throws {
    var generator = SeededGenerator(seed: 3)
    func dataset(shortcut: Bool) -> Dataset {
      let examples = (0..<200).map { index in
        let label = index % 2
        var bytes = Self.packet
        bytes[8] = shortcut ? UInt8(label * 255) : UInt8(generator.below(2) * 255)
        // A weak sign: right in nine flows of ten.
        for place in 44..<50 { bytes[place] = UInt8((generator.below(10) == 0 ? 1 - label : label) * 16) }
        return Example(flow: SampleFlows.flow([bytes, bytes], payload: 44), label: label, group: "g")
      }
      return Dataset(labels: ["a", "b"], examples: examples)
    }
    let training = dataset(shortcut: true), test = dataset(shortcut: false)
    func accuracy(_ share: Double?) throws -> Double {
      var recipe = TrainerTests.recipe { ($0.fieldDropout, $0.epochs) = (share, 20) }
      recipe.contract.bytesPerPacket = 50
      let model = try Trainer(recipe).train(training, training: Array(training.examples.indices)).model
      return FlowClassifier(model).evaluate(test, Array(test.examples.indices)).metrics.accuracy
    }
    let with = try accuracy(0.4), without = try accuracy(nil)
    #expect(with > without + 0.05, "\(with) with, \(without) without")
  }
}
