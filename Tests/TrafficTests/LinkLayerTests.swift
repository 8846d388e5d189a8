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

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  @Test func everyLinkTypeLeadsToTheSameFlow() {
    let cooked: [UInt8] = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00]
    let cooked2: [UInt8] = [0x08, 0x00, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]
    let pppoe: [UInt8] = [0x11, 0, 0, 9] + Frame.big(UInt16(datagram.count + 2)) + [0x00, 0x21]
    let snap: [UInt8] = [0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00]
    let nlpidSNAP: [UInt8] = [0x80, 0, 0, 0, 0x08, 0x00]
    let wireless: [UInt8] = [0x08, 0x01] + zeros(22)
    let paddedWireless: [UInt8] = [0x88, 0x01] + zeros(26)
    let frames: [(UInt32, [UInt8])] = [
      (1, Frame.ethernet(datagram)), (101, datagram), (12, datagram), (228, datagram), (113, cooked + datagram),
      (276, cooked2 + datagram), (0, [2, 0, 0, 0] + datagram), (108, [0, 0, 0, 2] + datagram),
      (9, [0xff, 0x03, 0x00, 0x21] + datagram), (9, [0x21] + datagram), (50, [0xff, 0x03, 0x00, 0x21] + datagram),
      (50, [0x0f, 0x00, 0x08, 0x00] + datagram), (51, pppoe + datagram), (104, [0x0f, 0x00, 0x08, 0x00] + datagram),
      (166, [0x01, 0x03, 0x00, 0x21] + datagram), (204, [0x00, 0x00, 0x21] + datagram),
      (205, [0x01, 0x0f, 0x00, 0x08, 0x00] + datagram), (107, [0x18, 0x41, 0x03, 0xcc] + datagram),
      (107, [0x18, 0x41, 0x08, 0x00] + datagram), (107, [0x18, 0x41, 0x03, 0x00] + nlpidSNAP + datagram),
      (206, [0x01, 0x18, 0x41, 0x03, 0xcc] + datagram), (10, zeros(13) + snap + datagram),
      (6, zeros(14) + snap + datagram), (6, zeros(8) + [0x80] + zeros(5) + [0x02, 0] + snap + datagram),
      (7, [1, 2, 212, 0, 0, 1] + datagram), (129, [1, 2, 0, 0, 212, 0, 0, 1] + datagram), (100, snap + datagram),
      (123, [0x82, 0, 0, 5] + snap + datagram), (122, zeros(16) + snap + datagram),
      (242, zeros(40) + [0x08, 0x00, 0, 0] + datagram), (109, zeros(12) + datagram),
      (117, [61, 2, 0, 0] + zeros(60) + datagram), (226, [1, 2] + zeros(22) + datagram),
      (239, [2, 0, 0, 0, 8, 0, 5, 0, 0, 0, 0, 1, 4, 0, 9, 0] + datagram), (105, wireless + snap + datagram),
      (127, [0, 0, 9, 0, 2, 0, 0, 0, 0x20] + paddedWireless + snap + datagram),
      (163, [0x80, 0x21, 0x10, 0x01, 0, 0, 0, 12, 0, 0, 0, 0] + wireless + snap + datagram),
      (192, [0, 0, 8, 0, 105, 0, 0, 0] + wireless + snap + datagram),
      (258, [12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] + Frame.ethernet(datagram)),
      (240, zeros(4) + Frame.ethernet(datagram)), (274, [0x55, 0x55, 0xd5] + Frame.ethernet(datagram)),
      (281, zeros(16) + [0x08, 0x00] + datagram), (282, zeros(4) + Frame.ethernet(datagram)),
      (284, zeros(16) + [0x08, 0x00] + datagram), (285, zeros(20) + [0x08, 0x00] + datagram),
      (178, [0x4d, 0x47, 0x43, 0x80, 0, 2, 0, 0] + Frame.ethernet(datagram)),
      (143, [0, 0, 0, 0, 0, 0] + Frame.ethernet(datagram)),
      (1, Frame.ethernet(snap + datagram, type: UInt16(snap.count + datagram.count))),
      (1, Frame.ethernet([0x06, 0x06, 0x03] + datagram, type: 100)),
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

  @Test(arguments: [UInt16(0x8100), 0x88a8, 0x9100]) func aPriorityTagIsNoVLAN(type: UInt16) {
    let back = Frame.udp(Frame.server, Frame.client)
    let both = [Frame.ethernet(datagram, tags: [(type, 0xe000)]), Frame.ethernet(back)]
    let flow = tracked(1, both).flows.first?.record
    #expect(flow?.vlan == nil && flow.map { [$0.sent.packets, $0.answered.packets] } == [1, 1])
    let inner = tracked(1, [Frame.ethernet(datagram, tags: [(type, 0), (0x8100, 20)])]).flows.first?.record
    #expect(inner?.vlan == "20")
    // However many there are, they are followed to an end.
    let many = tracked(1, [Frame.ethernet(datagram, tags: [(UInt16, UInt16)](repeating: (type, 0), count: 300))])
    #expect(many.tracker.ledger.undecodable == 1)
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

  @Test func framesThatHideTheirIPAreTold() {
    let header: [UInt8] = [0x08, 0x41] + zeros(22)
    let encrypted = tracked(105, [header + zeros(40)])
    #expect(encrypted.tracker.ledger.undecodable == 1)
    #expect(encrypted.problems.first?.message.contains("encrypted") == true)
    let decrypted = tracked(105, [header + [0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00] + datagram])
    #expect(decrypted.tracker.ledger.inFlows == 1)
    let beacon: [UInt8] = [0x80, 0] + zeros(40)
    #expect(tracked(105, [beacon]).tracker.ledger.notIP == 1)
    #expect(tracked(9, [[0xff, 0x03, 0x00, 0x2d, 1, 2, 3]]).tracker.ledger.undecodable == 1)
  }

  /// Whatever the bytes: nothing traps, and every packet is in one column of the ledger.
  @Test func arbitraryFramesOfEveryLinkTypeAreAccountedFor() {
    var random = SplitMix64(seed: 7)
    for linkType in UInt32(0)...300 {
      let frames = (0..<40).map { count in
        var frame = (0..<count * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        // Half of them seem to lead somewhere.
        if count % 2 == 0, frame.count > 40 {
          frame.replaceSubrange(
            12..<16, with: [[0x81, 0x00], [0x88, 0x47], [0x88, 0x64], [0x08, 0x00]][count / 2 % 4])
        }
        return frame
      }
      #expect(tracked(linkType, frames).tracker.ledger.addsUp, "link type \(linkType)")
    }
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
    let endless = ipv6(0, [UInt8](repeating: 0, count: 8 * 80))
    #expect(tracked(101, [endless]).tracker.ledger.undecodable == 1)
  }

  @Test func sourceRoutedPacketsBelongToTheLastHop() {
    func routed(_ pointer: UInt8) -> [UInt8] {
      var packet = datagram
      packet[0] = 0x48
      packet.insert(contentsOf: [1, 131, 11, pointer, 10, 0, 0, 8, 10, 0, 0, 9], at: 20)
      packet.replaceSubrange(2..<4, with: Frame.big(UInt16(packet.count)))
      return packet
    }
    #expect(tracked(101, [routed(4)]).flows.first?.record.responder.address.description == "10.0.0.9")
    #expect(tracked(101, [routed(12)]).flows.first?.record.responder.address.description == "192.0.2.2")
    let zero = [UInt8](repeating: 0, count: 15)
    for (type, left, last) in [(UInt8(0), UInt8(1), "::b"), (4, 1, "::a"), (0, 0, "::2"), (9, 1, "::2")] {
      let routing: [UInt8] = [17, 4, type, left, 0, 0, 0, 0] + zero + [0xa] + zero + [0xb]
      let payload = routing + datagram[20...]
      let packet = [0x60, 0, 0, 0] + Frame.big(UInt16(payload.count)) + [43, 64] + zero + [1] + zero + [2] + payload
      #expect(tracked(101, [packet]).flows.first?.record.responder.address.description == last)
    }
  }
}
