import Records
import Testing
import Traffic

/// Who began a flow is told by what its packets say.
@Suite struct FlowOriginatorTests {
  private func record(_ build: (inout Conversation) -> Void) -> FlowRecord? {
    var talk = Conversation()
    build(&talk)
    let flows = talk.flows()
    #expect(flows.count == 1)
    return flows.first
  }

  private func ports(_ record: FlowRecord?) -> [UInt16] {
    record.map { [$0.originator.port, $0.responder.port] } ?? []
  }

  @Test func strongerEvidenceTurnsTheEndsAndWeakerDoesNot() {
    var originator = FlowOriginator(isLower: true)
    func weigh(_ evidence: FlowOriginator.Evidence, _ isLower: Bool, isEarlier: Bool = false) -> Bool {
      originator.weigh(evidence, isLower: isLower, isEarlier: isEarlier)
    }
    #expect(!weigh(.earliestPacket, false))
    #expect(weigh(.earliestPacket, false, isEarlier: true))
    // What the metadata reader says of a hello counts for more than time and ports, and for less than a SYN.
    #expect(weigh(.content, true))
    #expect(!weigh(.earliestPacket, false, isEarlier: true) && !weigh(.servicePort, false) && !weigh(.refusal, false))
    #expect(weigh(.syn, false))
    #expect(!weigh(.content, true, isEarlier: true) && !weigh(.syn, true))
    #expect(weigh(.syn, true, isEarlier: true) && originator.isLower)
  }

  @Test func synAckComesFromTheResponder() {
    let answered = record {
      $0.answer(0, "SA", 9000, 1001)
      $0.ask(1, "A", 1001, 9001)
    }
    #expect(ports(answered) == [40_000, 443] && answered?.history == "^hA")
    let alone = record { $0.answer(0, "SAE", 9000, 1001) }
    #expect(ports(alone) == [40_000, 443] && alone?.history == "^h")
    #expect(alone.map { [$0.sent.packets, $0.answered.packets] } == [0, 1])
    let late = record {
      $0.answer(0, "SA", 9000, 1001)
      $0.ask(1, "S", 1000)
      $0.ask(2, "A", 1001, 9001)
    }
    #expect(ports(late) == [40_000, 443] && late?.history == "^hSA" && late?.connState == "S1")
  }

  @Test func aRefusalComesFromTheResponder() {
    let refused = record { $0.answer(0, "RA", 0, 1001) }
    #expect(ports(refused) == [40_000, 443] && refused?.history == "^r")
    // A RST in the middle of a connection can come from either end.
    var talk = Conversation()
    talk.server.port = 50_000
    talk.answer(0, "RA", 500, 1001)
    #expect(ports(talk.flows().first) == [50_000, 40_000])
  }

  @Test func aSynIsBelievedWhateverThePorts() {
    var talk = Conversation()
    talk.answer(0, "S", 9000)
    talk.ask(1, "SA", 1000, 9001)
    talk.answer(2, "A", 9001, 1001)
    #expect(ports(talk.flows().first) == [443, 40_000] && talk.flows().first?.history == "ShA")
  }

  @Test func withoutABeginningAServicePortTells() {
    let cut = record {
      $0.answer(0, "PA", 9001, 1001, payload: 5)
      $0.ask(1, "A", 1001, 9006)
    }
    #expect(ports(cut) == [40_000, 443] && cut?.history == "^dA")
    // Of two ports of the same kind neither says more than the order of the packets.
    var talk = Conversation()
    talk.server.port = 33_000
    talk.answer(0, "PA", 9001, 1001, payload: 5)
    #expect(ports(talk.flows().first) == [33_000, 40_000] && talk.flows().first?.history == "D")
  }

  @Test func datagramsGoByTime() {
    var talk = Conversation()
    talk.add(10, Frame.udp(talk.server, talk.client, payload: [0xee]))
    #expect(ports(talk.flows().first) == [443, 40_000])
    talk.add(5, Frame.udp(talk.client, talk.server, payload: [0xee]))
    let turned = talk.flows().first
    #expect(ports(turned) == [40_000, 443] && turned?.history == "^dD" && turned?.connState == "SF")
  }

  private func icmp(_ type: UInt8, _ code: UInt8 = 0, _ from: Frame.Host, _ to: Frame.Host) -> [UInt8] {
    Frame.ipv4(1, from, to, [type, code, 0, 0, 0, 1, 0, 1, 0xee])
  }

  @Test(arguments: [(UInt8(0), UInt8(8)), (9, 10), (14, 13), (16, 15), (18, 17)])
  func whoRequestsIsTheOriginator(reply: UInt8, request: UInt8) {
    let both = record {
      $0.add(0, icmp(reply, 0, $0.server, $0.client))
      $0.add(1, icmp(request, 0, $0.client, $0.server))
    }
    #expect(both?.originator.address.description == "192.0.2.1" && both?.history == "^dD")
    #expect(ports(both) == [UInt16(request), UInt16(reply)])
    let alone = record { $0.add(0, icmp(reply, 0, $0.server, $0.client)) }
    #expect(alone?.originator.address.description == "192.0.2.1" && alone?.communityID == both?.communityID)
  }

  @Test func aGroupIsNoOriginator() {
    let group = Frame.Host(address: [224, 0, 0, 1], port: 0)
    let advertised = record { $0.add(0, icmp(9, 0, $0.server, group)) }
    #expect(advertised?.originator.address.description == "192.0.2.2" && advertised?.history == "D")
  }

  /// Community ID 1.0: messages without counterpart are not merged with the other direction's.
  @Test(arguments: [UInt8(3), 4, 5, 11, 12])
  func oneWayMessagesAreFlowsOfOneDirection(type: UInt8) {
    var talk = Conversation()
    for time in [UInt32(0), 2] { talk.add(time, icmp(type, type, talk.server, talk.client)) }
    talk.add(1, icmp(type, type, talk.client, talk.server))
    let flows = talk.flows()
    #expect(flows.map(\.sent.packets) == [2, 1] && flows.allSatisfy { $0.answered.packets == 0 })
    #expect(Set(flows.map(\.communityID)).count == 2)
    #expect(flows.allSatisfy { $0.originator.port == UInt16(type) && $0.history == "D" })
  }

  @Test func everythingKeptByEndTurnsWithTheEnds() {
    var capture = CaptureBuilder.pcap(linkType: 101)
    capture.record(seconds: 1, Conversation.segment(Frame.server, Frame.client, "SA", 9, 2, payload: 7))
    capture.record(seconds: 2, Conversation.segment(Frame.client, Frame.server, "A", 2, 17))
    let flow = Tracked(capture.bytes).flows.first
    #expect(flow?.packets.map(\.isFromOriginator) == [false, true])
    #expect(flow.map { [$0.record.sent.ipBytes, $0.record.answered.ipBytes] } == [40, 47])
  }
}
