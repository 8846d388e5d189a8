import Learning
import Records
import Testing
import Traffic

/// A flow's result has the same bits wherever it stands.
@Suite struct DeterminismTests {
  static let contracts: [InputContract] = {
    var bits = InputContract(packets: 10, bytesPerPacket: 64)
    bits.encoding = .bits
    bits.channels = [.direction, .length, .gap]
    var wide = InputContract(packets: 10, bytesPerPacket: 400)
    wide.channels = [.gap]
    var zero = InputContract(packets: 5, bytesPerPacket: 37)
    zero.padding = .zero
    return [bits, wide, zero]
  }()

  /// A classification as bits, for comparison to the last one.
  private func bits(_ classifications: [Classification]) -> [[UInt32]] {
    classifications.map { classification in
      guard case .model(let prediction) = classification else { return [] }
      return (prediction.probabilities + [-1] + prediction.attention).map(\.bitPattern)
    }
  }

  @Test(arguments: contracts) func `alone, in batches of 1 to 200, and permuted`(contract: InputContract) throws {
    let classifier = FlowClassifier(try SampleFlows.model(contract))
    var scratch = InferenceScratch(for: classifier)
    let flows = SampleFlows.random(200, seed: 11, longest: 500)
    let together = bits(classifier.classify(flows, scratch: &scratch))
    #expect(together.allSatisfy { !$0.isEmpty })
    for (index, flow) in flows.prefix(40).enumerated() {
      #expect(bits(classifier.classify([flow], scratch: &scratch)) == [together[index]])
    }
    for size in stride(from: 1, through: 200, by: 7) {
      let part = Array(flows[(200 - size)...])
      #expect(bits(classifier.classify(part, scratch: &scratch)) == Array(together[(200 - size)...]), "\(size) flows")
    }
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<3 {
      let order = generator.shuffled(Array(flows.indices))
      let result = bits(classifier.classify(order.map { flows[$0] }, scratch: &scratch))
      #expect(result == order.map { together[$0] })
    }
  }

  @Test func `more flows than are handled together`() throws {
    let classifier = FlowClassifier(try SampleFlows.model(Self.contracts[0]))
    var scratch = InferenceScratch(for: classifier)
    let flows = SampleFlows.random(900, seed: 5)
    let together = bits(classifier.classify(flows, scratch: &scratch))
    for index in [0, 255, 256, 500, 899] {
      #expect(bits(classifier.classify([flows[index]], scratch: &scratch)) == [together[index]])
    }
  }

  @Test func `several workers share the weights`() async throws {
    let classifier = FlowClassifier(try SampleFlows.model(Self.contracts[0]))
    let flows = SampleFlows.random(120, seed: 21)
    var scratch = InferenceScratch(for: classifier)
    let alone = bits(classifier.classify(flows, scratch: &scratch))
    let results = await withTaskGroup(of: [Classification].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var scratch = InferenceScratch(for: classifier)
          return classifier.classify(flows, scratch: &scratch)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for result in results { #expect(bits(result) == alone) }
  }
}
