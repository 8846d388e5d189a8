import Records
import Testing
import Traffic

@Suite struct TunnelTests {
  private let inner = Frame.udp(Frame.client, Frame.server)
  private let left = Frame.Host(address: [10, 0, 0, 1], port: 50_000)
  private let right = Frame.Host(address: [10, 0, 0, 2], port: 0)

  private func tracked(_ packets: [[UInt8]], policy: FlowPolicy.Name = .flowcase) -> Tracked {
    var capture = CaptureBuilder.pcap(linkType: 101)
    for packet in packets { capture.record(seconds: 1, packet) }
    return Tracked(capture.bytes, policy: policy)
  }

  private func udp(to port: UInt16, _ payload: [UInt8]) -> [UInt8] {
    Frame.udp(left, Frame.Host(address: right.address, port: port), payload: payload)
  }

  private func vxlan(_ network: UInt8, _ frame: [UInt8]) -> [UInt8] {
    udp(to: 4789, [0x08, 0, 0, 0, 0, 0, network, 0] + frame)
  }

  private func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let prefix: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11)
    return [0x60, 0, 0, 0] + Frame.big(UInt16(payload.count)) + [next, 64] + prefix + [1] + prefix + [2] + payload
  }

  @Test func everyTunnelIsOpenedToTheSameFlow() {
    let frame = Frame.ethernet(inner)
    let v6 = ipv6(17, Array(inner[20...]))
    let gre: [UInt8] = [0, 0, 0x08, 0]
    let tunnels: [(String, [UInt8])] = [
      ("GRE 10.0.0.1>10.0.0.2", Frame.ipv4(47, left, right, gre + inner)),
      (
        "GRE 10.0.0.1>10.0.0.2 key 5",
        Frame.ipv4(47, left, right, [0xb0, 0, 0x08, 0] + [UInt8](repeating: 0, count: 7) + [5, 0, 0, 0, 1] + inner)
      ),
      ("GRE 10.0.0.1>10.0.0.2", Frame.ipv4(47, left, right, [0, 0, 0x65, 0x58] + frame)),
      (
        "GRE 10.0.0.1>10.0.0.2",
        Frame.ipv4(
          47, left, right, [0x30, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0x03, 0, 0x21] + inner)
      ),
      ("IPIP 10.0.0.1>10.0.0.2", Frame.ipv4(4, left, right, inner)),
      ("6in4 10.0.0.1>10.0.0.2", Frame.ipv4(41, left, right, v6)),
      ("4in6 2001:db8::1>2001:db8::2", ipv6(4, inner)),
      ("6in6 2001:db8::1>2001:db8::2", ipv6(41, v6)),
      ("EtherIP 10.0.0.1>10.0.0.2", Frame.ipv4(97, left, right, [0x30, 0] + frame)),
      ("VXLAN 10.0.0.1>10.0.0.2 vni 9", vxlan(9, frame)),
      ("VXLAN 10.0.0.1>10.0.0.2 vni 9", udp(to: 4790, [0x0c, 0, 0, 1, 0, 0, 9, 0] + inner)),
      ("Geneve 10.0.0.1>10.0.0.2 vni 9", udp(to: 6081, [0x01, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 2, 3, 4] + frame)),
      ("GTP-U 10.0.0.1>10.0.0.2 teid 7", udp(to: 2152, [0x30, 255, 0, 0, 0, 0, 0, 7] + inner)),
      (
        "GTP-U 10.0.0.1>10.0.0.2 teid 7",
        udp(to: 2152, [0x34, 255, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0, 0, 0] + inner)
      ),
      (
        "Teredo 10.0.0.1>10.0.0.2",
        udp(to: 3544, [0, 1, 0, 0] + [UInt8](repeating: 0, count: 9) + [0, 0, 1, 2, 3, 4, 5, 6] + v6)
      ),
      ("L2TP 10.0.0.1>10.0.0.2 session 3", udp(to: 1701, [0x40, 2, 0, 60, 0, 1, 0, 3, 0xff, 0x03, 0, 0x21] + inner)),
      (
        "ERSPAN 10.0.0.1>10.0.0.2 session 4",
        Frame.ipv4(47, left, right, [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 4, 0, 0, 0, 0] + frame)
      ),
      ("GRE 10.0.0.1>10.0.0.2", udp(to: 4754, gre + inner)),
      ("AYIYA 10.0.0.1>10.0.0.2", udp(to: 5072, [0x41, 0x52, 0x11, 41] + [UInt8](repeating: 0, count: 40) + v6)),
      ("IPIP 10.0.0.1>10.0.0.2; VXLAN 10.0.0.1>10.0.0.2 vni 9", Frame.ipv4(4, left, right, vxlan(9, frame))),
    ]
    for (text, packet) in tunnels {
      let flows = tracked([packet]).flows
      #expect(flows.map(\.record.tunnel) == [text])
      #expect(flows.first?.record.originator.port == 40_000, "\(text)")
      #expect(flows.first?.packets.first.map { $0.transportOffset + 8 } == flows.first?.packets.first?.payloadOffset)
    }
  }

  @Test func linkLayerTunnelsAreRecorded() {
    let pppoe: [UInt8] = [0x11, 0, 0, 9] + Frame.big(UInt16(inner.count + 2)) + [0x00, 0x21]
    let mpls: [UInt8] = [0, 1, 0, 0xff, 0, 2, 1, 0xff]
    var capture = CaptureBuilder.pcap()
    capture.record(seconds: 1, Frame.ethernet(pppoe + inner, type: 0x8864))
    capture.record(seconds: 1, Frame.ethernet(mpls + inner, type: 0x8847))
    capture.record(seconds: 1, Frame.ethernet(mpls + [0, 0, 0, 0] + Frame.ethernet(inner), type: 0x8847))
    let flows = Tracked(capture.bytes).flows.map(\.record).sorted { $0.firstPacket.number < $1.firstPacket.number }
    #expect(flows.map(\.tunnel) == ["PPPoE session 9", "MPLS label 32"])
    #expect(flows.map(\.sent.packets) == [1, 2])
  }

  @Test func equalFlowsOfDifferentNetworksStayApart() {
    let frame = Frame.ethernet(inner)
    let packets = [vxlan(1, frame), vxlan(2, frame), inner]
    #expect(tracked(packets).flows.count == 3)
    #expect(tracked(packets, policy: .splitcap).flows.count == 1)
  }

  @Test func bothDirectionsOfATunnelAreOneFlow() {
    let answer = Frame.udp(Frame.server, Frame.client)
    let back = Frame.udp(
      Frame.Host(address: right.address, port: 2152), left, payload: [0x30, 255, 0, 0, 0, 0, 0, 8] + answer)
    let flows = tracked([udp(to: 2152, [0x30, 255, 0, 0, 0, 0, 0, 7] + inner), back]).flows
    #expect(flows.map(\.record.answered.packets) == [1])
    #expect(flows.first?.record.tunnel == "GTP-U 10.0.0.1>10.0.0.2 teid 7")
  }

  @Test func whatIsNoTunnelBelongsToTheOuterFlow() {
    let tooLong = Frame.ipv4(17, Frame.client, Frame.server, Array(inner[20...]), totalLength: 900)
    let arp = Frame.ethernet([0, 1], type: 0x0806)
    let packets = [
      udp(to: 2152, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]), vxlan(1, arp), udp(to: 4789, [1, 2, 3]),
      udp(to: 3544, [0, 1, 255, 255]), Frame.ipv4(4, left, right, tooLong), Frame.ipv4(4, left, right, [0x45]),
    ]
    let tracked = tracked(packets)
    #expect(
      tracked.flows.allSatisfy { $0.record.tunnel == nil && $0.record.originator.address.description == "10.0.0.1" })
    #expect(tracked.tracker.ledger.inFlows == packets.count)
  }

  @Test(arguments: [UInt32(12), 14, 101, 228, 229])
  func `a link type of raw IP shows that a tunnel was recorded from inside`(
    linkType: UInt32
  ) {
    let plain = linkType == 229 ? ipv6(17, Array(inner[20...])) : inner
    for packet in [plain, Frame.ipv4(4, left, right, inner)] {
      var capture = CaptureBuilder.pcap(linkType: linkType)
      capture.record(seconds: 1, packet)
      let record = Tracked(capture.bytes).flows.first?.record
      #expect(
        record?.vantage == (packet == plain ? .tunnelInterface(linkType: UInt8(linkType)) : .openedTunnel),
        "\(linkType)")
      #expect((record?.tunnel == nil) == (packet == plain))
    }
  }

  @Test func `elsewhere only an opened tunnel shows it`() throws {
    var capture = CaptureBuilder.pcap()
    capture.record(seconds: 1, Frame.ethernet(inner))
    capture.record(seconds: 1, Frame.ethernet(Frame.ipv4(4, left, right, inner)))
    #expect(Tracked(capture.bytes).flows.map(\.record.vantage) == [nil, .openedTunnel])
    // An MPLS label is the network's way of carrying packets.
    var labelled = CaptureBuilder.pcap()
    labelled.record(seconds: 1, Frame.ethernet([0, 0, 0x11, 64] + inner, type: 0x8847))
    let record = try #require(Tracked(labelled.bytes).flows.first?.record)
    #expect(record.vantage == nil && record.tunnel?.hasPrefix("MPLS") == true)
  }

  @Test func `in one pcapng each interface is looked at for itself`() {
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 101)
    capture.interface(linkType: 1)
    capture.enhanced(interface: 1, ticks: 1, Frame.ethernet(inner))
    capture.enhanced(interface: 0, ticks: 2, Frame.udp(left, right))
    #expect(Tracked(capture.bytes).flows.map(\.record.vantage) == [nil, .tunnelInterface(linkType: 101)])
  }

  @Test func nestingIsBounded() {
    let packet = (0..<30).reduce(inner) { packet, _ in Frame.ipv4(4, left, right, packet) }
    let tunnel = tracked([packet]).flows.first?.record.tunnel
    #expect(tunnel?.split(separator: ";").count == 8)
  }

  /// Cut at every length, a tunnelled packet is still a packet of some flow or told as undecodable.
  @Test func truncationIsAccountedFor() {
    for packet in [
      vxlan(9, Frame.ethernet(inner)),
      udp(to: 1701, [0x4a, 2, 0, 60, 0, 1, 0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0xff, 0x03, 0, 0x21] + inner),
    ] {
      for length in 0..<packet.count {
        var capture = CaptureBuilder.pcap(linkType: 101)
        capture.record(seconds: 1, Array(packet.prefix(length)), original: packet.count)
        let tracked = Tracked(capture.bytes)
        #expect(tracked.tracker.ledger.addsUp)
        #expect(tracked.flows.reduce(0) { $0 + $1.record.sent.packets } == tracked.tracker.ledger.inFlows)
      }
    }
  }
}
