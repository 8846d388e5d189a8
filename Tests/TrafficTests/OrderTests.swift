import Records
import Testing
import Traffic

/// Captures whose packets are not in order of time.
@Suite struct OrderTests {
  private let client = Frame.client, server = Frame.server
  private let fin: UInt8 = 1, syn: UInt8 = 2, ack: UInt8 = 16

  private func flows(_ packets: [(UInt32, [UInt8])]) -> [FlowRecord] {
    var capture = CaptureBuilder.pcap(linkType: 101)
    for (second, packet) in packets { capture.record(seconds: second, packet) }
    return Tracked(capture.bytes).flows.map(\.record)
  }

  private func connection(_ second: UInt32) -> [(UInt32, [UInt8])] {
    [
      (second, Frame.tcp(client, server, flags: syn)), (second + 1, Frame.tcp(server, client, flags: syn | ack)),
      (second + 2, Frame.tcp(client, server, flags: ack)),
      (second + 3, Frame.tcp(client, server, flags: ack | 8, payload: [1])),
      (second + 4, Frame.tcp(server, client, flags: ack | 8, payload: [2])),
      (second + 5, Frame.tcp(client, server, flags: fin | ack)),
      (second + 6, Frame.tcp(server, client, flags: fin | ack)),
    ]
  }

  @Test func anyOrderGivesOneFlowOfTheSameDirection() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<200 {
      let shuffled = flows(connection(100).shuffled(using: &random))
      #expect(shuffled.count == 1)
      #expect(shuffled.first?.originator.port == client.port)
      #expect((shuffled.first?.sent.packets, shuffled.first?.answered.packets) == (4, 3))
      #expect(shuffled.first?.connState == "SF")
      #expect(shuffled.first?.endReason == .finished)
      #expect(shuffled.first?.start.nanoseconds == 100_000_000_000)
    }
  }

  @Test func theEndThatOpensIsTheOriginator() {
    let record = flows([
      (1, Frame.tcp(server, client, flags: syn | ack)), (1, Frame.tcp(client, server, flags: syn)),
      (1, Frame.tcp(client, server, flags: ack)),
    ]).first
    #expect(record?.originator.port == client.port)
    #expect(record?.history == "^hSA" && record?.connState == "S1")
  }

  /// One packet of a distant time, as damage or an attacker would have it, splits no flow but its own.
  @Test(arguments: [UInt32(4_000_000_000), 0]) func oneWrongTimeDoesNotEndTheOthers(time: UInt32) {
    let other = Frame.udp(Frame.Host(address: [10, 9, 9, 9], port: 1), server)
    let datagram = Frame.udp(client, server)
    let steady = (0..<50).map { (1_000_000 + UInt32($0), datagram) }
    let records = flows(Array(steady[..<20]) + [(time, other)] + Array(steady[20...]))
    #expect(records.count == 2)
    #expect(records.map(\.sent.packets).sorted() == [1, 50])
  }

  @Test func capturesJoinedInTheWrongOrderGiveTheSameFlows() {
    let datagram = Frame.udp(client, server)
    let early = (0..<5).map { (UInt32(100 + $0), datagram) }
    let late = (0..<5).map { (UInt32(1000 + $0), datagram) }
    let inOrder = flows(early + late), swapped = flows(late + early)
    #expect(inOrder.map(\.start).sorted() == swapped.map(\.start).sorted())
    #expect(inOrder.count == 2 && swapped.count == 2)
  }
}
