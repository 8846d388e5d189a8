import Testing
import Traffic

@testable import Learning

@Suite struct FlowWeightsTests {
  private static func data(_ counts: [(laboratory: String, label: Int, flows: Int)]) -> Dataset {
    let examples = counts.flatMap { entry in
      (0..<entry.flows).map { _ in
        Example(
          flow: SampleFlows.flow([[0x45]]), label: entry.label, group: entry.laboratory, laboratory: entry.laboratory)
      }
    }
    return Dataset(labels: ["a", "b"], examples: examples)
  }

  @Test func `laboratories count alike at an exponent of 1`() throws {
    let data = Self.data([("one", 0, 90), ("two", 0, 10), ("two", 1, 100)])
    var options = TrainingOptions()
    #expect(FlowWeights.weights(data, Array(data.examples.indices), options, [0, 1]) == nil)
    options.laboratoryWeight = 1
    let weights = try #require(FlowWeights.weights(data, Array(data.examples.indices), options, [0, 1]))
    let sums = [weights[..<90], weights[90..<100], weights[100...]].map { $0.reduce(0, +) }
    #expect((sums[0] - sums[1]).magnitude < 1e-3)
    #expect((weights.reduce(0, +) - 200).magnitude < 1e-2)
    // The class of two laboratories has twice the weight of the other, brought down to the root of 2.
    #expect(((sums[0] + sums[1]) / sums[2] - Float(2).squareRoot()).magnitude < 1e-3)
  }

  @Test func `flows are drawn in proportion to their weights`() {
    var generator = SeededGenerator(seed: 1)
    var counts = [Int](repeating: 0, count: 4)
    for _ in 0..<500 {
      let drawn = FlowWeights.drawn([0, 1, 2, 3], [0.5, 0.5, 1, 2], &generator)
      #expect(drawn.count == 4)
      for index in drawn { counts[index] += 1 }
    }
    #expect(counts[3] == 1000 && counts[2] == 500 && (200...300).contains(counts[0]))
  }

  @Test func `nonsense is well formed and repeatable`() {
    let flows = NonsenseFlows.make(200, seed: 5)
    #expect(flows == NonsenseFlows.make(200, seed: 5) && flows != NonsenseFlows.make(200, seed: 6))
    for flow in flows {
      #expect(flow.packets.first?.isFromOriginator == true || flow.record.proto == .udp)
      for packet in flow.packets {
        #expect(packet.byteRange.upperBound <= flow.bytes.count)
        let bytes = flow.bytes[packet.byteRange]
        #expect(
          bytes.first == 0x45
            && Int(bytes[bytes.startIndex + 2]) << 8 | Int(bytes[bytes.startIndex + 3]) == packet.ipLength)
      }
    }
  }
}
