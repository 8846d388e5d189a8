import Records
import Testing
import Traffic

@Suite struct FlowTableTests {
  private func capture(_ packets: [(second: UInt32, packet: [UInt8])]) -> [UInt8] {
    var builder = CaptureBuilder.pcap(linkType: 101)
    for (second, packet) in packets { builder.record(seconds: second, packet) }
    return builder.bytes
  }

  private let client = Frame.client, server = Frame.server
  private let fin: UInt8 = 1, syn: UInt8 = 2, rst: UInt8 = 4, ack: UInt8 = 16

  private func handshake(_ second: UInt32) -> [(UInt32, [UInt8])] {
    [
      (second, Frame.tcp(client, server, flags: syn)), (second, Frame.tcp(server, client, flags: syn | ack)),
      (second, Frame.tcp(client, server, flags: ack)),
      (second, Frame.tcp(client, server, flags: ack | 8, payload: [1, 2, 3])),
    ]
  }

  private func closing(_ second: UInt32) -> [(UInt32, [UInt8])] {
    [
      (second, Frame.tcp(client, server, flags: fin | ack)), (second, Frame.tcp(server, client, flags: fin | ack)),
      (second, Frame.tcp(client, server, flags: ack)),
    ]
  }

  @Test func aWholeConnectionIsOneFinishedFlow() {
    let flows = Tracked(capture(handshake(1) + closing(2))).flows.map(\.record)
    #expect(flows.count == 1)
    #expect(flows.first?.endReason == .finished)
    #expect(flows.first?.connState == "SF")
    #expect(flows.first?.history == "ShADFf")
    #expect((flows.first?.sent.packets, flows.first?.answered.packets) == (5, 2))
  }

  @Test func aNewConnectionOnTheSameTupleIsANewFlow() {
    let again = Conversation.segment(client, server, "S", 90_000)
    let packets = capture(handshake(1) + closing(2) + [(3, again)])
    #expect(Tracked(packets).flows.map(\.record.endReason) == [.finished, .endOfCapture])
    #expect(Tracked(packets, policy: .splitcap).flows.map(\.record.endReason) == [.endOfCapture])
  }

  @Test func resetAndRefusalAreTold() {
    let refused = capture([
      (1, Frame.tcp(client, server, flags: syn)), (1, Frame.tcp(server, client, flags: rst | ack)),
    ])
    #expect(Tracked(refused).flows.first?.record.connState == "REJ")
    #expect(Tracked(refused).flows.first?.record.endReason == .reset)
    let aborted = capture(handshake(1) + [(2, Frame.tcp(client, server, flags: rst))])
    #expect(Tracked(aborted).flows.first?.record.connState == "RSTO")
  }

  @Test func longFlowsEndWhereThePolicyBoundsTheirDuration() {
    let datagram = Frame.udp(client, server)
    let talk = capture((0..<5).map { (UInt32($0 * 10), datagram) })
    #expect(Tracked(talk).flows.count == 1)
    let cut = Tracked(talk, policy: .timeout15).flows.map(\.record)
    #expect(cut.map(\.endReason) == [.active, .active, .endOfCapture])
    #expect(cut.map(\.sent.packets) == [2, 2, 1])
    #expect(Tracked(talk, policy: .timeout60).flows.count == 1)
    #expect(
      Tracked(capture([(0, datagram), (16, datagram)]), policy: .timeout15).flows.first?.record.endReason == .idle)
  }

  @Test func timeFeaturesAreKeptWhereAskedFor() {
    let packets = handshake(1) + closing(9)
    #expect(Tracked(capture(packets)).flows.first?.timeFeatures == [])
    var expected = FlowTimeStatistics()
    for (index, (second, packet)) in packets.enumerated() {
      expected.add(
        time: CaptureTime(nanoseconds: Int64(second) * 1_000_000_000), fromOriginator: ![1, 5].contains(index),
        ipBytes: packet.count)
    }
    let flow = Tracked(capture(packets), plan: KeepPlan(packets: 0, bytesPerPacket: 0, keepsTimes: true)).flows.first
    #expect(flow?.timeFeatures == expected.features)
    // By hand: 7 packets in 8 s, one silence of 8 s, which ends the only period of activity there is.
    let values = Dictionary(uniqueKeysWithValues: zip(FlowTimeStatistics.names, flow?.timeFeatures ?? []))
    #expect(values["duration"] == 8e6 && values["max_flowiat"] == 8e6 && values["min_flowiat"] == 0)
    #expect(values["flowPktsPerSecond"] == 0.875 && values["mean_flowiat"] == 8e6 / 6)
    #expect(values["max_idle"] == 8e6 && values["std_idle"] == 0)
    #expect(values["max_fiat"] == 8e6 && values["max_biat"] == 8e6 && values["mean_fiat"] == 2e6)
  }

  @Test func idleFlowsEndByCaptureTime() {
    let datagram = Frame.udp(client, server)
    #expect(Tracked(capture([(0, datagram), (120, datagram)])).flows.count == 1)
    #expect(
      Tracked(capture([(0, datagram), (121, datagram)])).flows.map(\.record.endReason) == [.idle, .endOfCapture])
    #expect(Tracked(capture([(0, datagram), (9999, datagram)]), policy: .splitcap).flows.count == 1)
  }

  @Test func aFullTableClosesTheQuietestFlowAndSaysSo() {
    var limits = FlowTableLimits()
    limits.flows = 2
    let packets = (0..<4).map {
      (UInt32($0), Frame.udp(Frame.Host(address: client.address, port: 5000 + UInt16($0)), server))
    }
    let tracked = Tracked(capture(packets), limits: limits)
    #expect(tracked.flows.map(\.record.endReason) == [.evicted, .evicted, .endOfCapture, .endOfCapture])
    #expect(tracked.flows.map(\.record.originator.port) == [5000, 5001, 5002, 5003])
    #expect(tracked.problems.map(\.code) == [.limitReached])
  }

  @Test func onlyThePlannedBytesAreKept() {
    let datagram = Frame.udp(client, server, payload: [UInt8](repeating: 9, count: 500))
    let packets = capture((0..<5).map { (UInt32($0), datagram) })
    let flow = Tracked(packets, plan: KeepPlan(packets: 3, bytesPerPacket: 40)).flows.first
    #expect(flow?.packets.map(\.byteRange) == [0..<40, 40..<80, 80..<120])
    #expect(flow.map { Array($0.bytes.prefix(40)) } == Array(datagram.prefix(40)))
    #expect(flow?.record.sent.packets == 5)
    #expect(flow?.packets.first?.payloadOffset == 28)
  }

  @Test func timesThatRunWildDoNotTrap() {
    var builder = CaptureBuilder.pcapng()
    builder.interface(linkType: 101, resolution: 0)
    for ticks in [0, UInt64.max, 1, UInt64(Int64.max), 5] { builder.enhanced(ticks: ticks, Frame.udp(client, server)) }
    let tracked = Tracked(builder.bytes)
    #expect(tracked.tracker.ledger.inFlows == 5)
    #expect(tracked.tracker.ledger.addsUp)
    #expect(tracked.problems.map(\.code) == [.implausibleTime, .implausibleTime])
    #expect(tracked.problems.first?.message.hasPrefix("2 packets") == true)
  }

  @Test func filteredPacketsAreCountedAsSuch() throws {
    let packets = capture([(1, Frame.udp(client, server)), (1, Frame.tcp(client, server, flags: syn))])
    let tracked = Tracked(packets, filter: try PacketFilter("udp port 443"))
    #expect(tracked.tracker.ledger.filtered == 1)
    #expect(tracked.flows.map(\.record.proto) == [.udp])
    #expect(throws: PacketFilterError.self) { try PacketFilter("no such thing") }
  }

  @Test func aFilterThatMeansNothingForALinkTypeIsTold() throws {
    var builder = CaptureBuilder.pcap(linkType: 227)
    builder.record(seconds: 1, [1, 2, 3, 4, 5, 6, 7, 8])
    let tracked = Tracked(builder.bytes, filter: try PacketFilter("udp port 443"))
    #expect((tracked.tracker.ledger.filtered, tracked.tracker.ledger.bytesFiltered) == (1, 8))
    #expect(tracked.problems.map(\.code) == [.unsupportedLinkType])
  }
}
