import Records
import Testing
import Traffic

@Suite struct LinkLayerTests {
  private func tracked(_ linkType: UInt32, _ packets: [[UInt8]]) -> Tracked {
    var capture = CaptureBuilder.pcap(linkType: linkType)
    for packet in packets { capture.record(seconds: 1, packet) }
    return Tracked(capture.bytes)
  }

  private let datagram = Frame.udp(Frame.client, Frame.server)

  @Test func everyLinkTypeLeadsToTheSameFlow() {
    let cooked: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00]
    let cooked2: [UInt8] = [0x08, 0x00, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]
    let frames: [(UInt32, [UInt8])] = [
      (1, Frame.ethernet(datagram)), (101, datagram), (12, datagram), (228, datagram), (113, cooked + datagram),
      (276, cooked2 + datagram), (0, [2, 0, 0, 0] + datagram), (108, [0, 0, 0, 2] + datagram),
    ]
    for (linkType, frame) in frames {
      let flow = tracked(linkType, [frame]).flows.first?.record
      #expect(flow?.originator.port == 40_000, "link type \(linkType)")
      #expect(flow?.sent.ipBytes == datagram.count)
    }
  }

  @Test func vlanTagsKeepEqualTuplesApart() {
    let flows = tracked(
      1,
      [
        Frame.ethernet(datagram), Frame.ethernet(datagram, tags: [(0x8100, 10)]),
        Frame.ethernet(datagram, tags: [(0x88a8, 100), (0x8100, 20)]),
        Frame.ethernet(datagram, tags: [(0x9100, 0x2000 | 10)]),
      ]
    ).flows.map(\.record).sorted { $0.firstPacket.number < $1.firstPacket.number }
    #expect(flows.map(\.vlan) == [nil, "10", "100,20"])
    #expect(flows.map(\.sent.packets) == [1, 2, 1])
  }

  @Test func paddingIsNotCountedAndZeroLengthMeansOffload() {
    let padded = Frame.ethernet(datagram + [UInt8](repeating: 0, count: 15))
    #expect(tracked(1, [padded]).flows.first?.record.sent.ipBytes == datagram.count)
    #expect(tracked(1, [padded]).flows.first?.packets.first?.byteRange.count == datagram.count)
    var offloaded = datagram
    offloaded[2] = 0
    offloaded[3] = 0
    #expect(tracked(101, [offloaded]).flows.first?.record.sent.ipBytes == datagram.count)
  }

  @Test func everyPacketIsInTheLedger() {
    let arp = Frame.ethernet([0, 1], type: 0x0806)
    let outcome = tracked(1, [Frame.ethernet(datagram), arp, [1, 2, 3], Frame.ethernet([0x45, 0])]).tracker.ledger
    #expect(outcome.read == 4)
    #expect((outcome.inFlows, outcome.notIP, outcome.undecodable) == (1, 1, 2))
    let unknown = tracked(147, [datagram])
    #expect(unknown.tracker.ledger.undecodable == 1)
    #expect(unknown.problems.map(\.code) == [.unsupportedLinkType])
  }

  @Test func laterFragmentsJoinTheFlowOfTheFirst() {
    let whole = Frame.udp(Frame.client, Frame.server, payload: [UInt8](repeating: 7, count: 64))
    let first = Frame.ipv4(17, Frame.client, Frame.server, Array(whole[20..<44]), fragment: 0x2000)
    let later = Frame.ipv4(17, Frame.client, Frame.server, Array(whole[44...]), fragment: 3)
    let flows = tracked(101, [first, later]).flows
    #expect(flows.count == 1)
    #expect(flows.first?.record.sent.packets == 2)
  }

  @Test func ipv6ExtensionHeadersAreFollowedAndBounded() {
    func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
      let address: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11)
      return [0x60, 0, 0, 0] + Frame.big(UInt16(payload.count)) + [next, 64] + address + [1] + address + [2] + payload
    }
    let udp = Frame.big(1000) + Frame.big(2000) + Frame.big(8) + [0, 0]
    let hopByHop: [UInt8] = [17, 0, 0, 0, 0, 0, 0, 0]
    let flow = tracked(101, [ipv6(0, hopByHop + udp)]).flows.first?.record
    #expect(flow?.proto == .udp && flow?.originator.port == 1000)
    #expect(flow?.originator.address.description == "2001:db8::1")
    let endless = ipv6(0, [UInt8](repeating: 0, count: 8 * 40))
    #expect(tracked(101, [endless]).tracker.ledger.undecodable == 1)
  }
}
