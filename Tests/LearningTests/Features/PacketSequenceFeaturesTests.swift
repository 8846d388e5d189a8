import Learning
import Records
import Testing
import Traffic

@Suite struct PacketSequenceFeaturesTests {
  /// - Parameter packets: nanoseconds, direction, and bytes.
  private static func flow(_ packets: [(Int64, Bool, Int)]) -> ObservedFlow {
    var flow = SampleFlows.flow([])
    flow.packets = packets.map { time, isForward, bytes in
      KeptPacket(
        time: CaptureTime(nanoseconds: time), isFromOriginator: isForward, ipLength: bytes, byteRange: 0..<0,
        transportOffset: 20, payloadOffset: 40)
    }
    return flow
  }

  @Test func sizesHaveSignsAndGapsMicroseconds() {
    let sequence = PacketSequenceFeatures(packets: 4)
    #expect(sequence.features.map(\.name) == ["size_1", "size_2", "size_3", "size_4", "gap_2", "gap_3", "gap_4"])
    let values = sequence.values(of: Self.flow([(5_000, true, 60), (7_500, false, 1500), (6_000, true, 40)]))
    #expect(values[..<3] == [60, -1500, 40])
    #expect(values[3].isNaN && values[6].isNaN)
    #expect(values[4...5] == [2.5, 0])
    #expect(sequence.values(of: Self.flow([])).count { $0.isNaN } == 7)
    #expect(PacketSequenceFeatures(packets: 1).values(of: Self.flow([(0, false, 9), (1, true, 9)])) == [-9])
  }

  @Test func extremeTimesDoNoHarm() {
    let values = PacketSequenceFeatures(packets: 3).values(
      of: Self.flow([(.min, true, 1), (.max, true, 1), (.min, true, 1)]))
    #expect(values[3] > 9e15 && values[3].isFinite)
    #expect(values[4] == 0)
  }
}
