import Foundation
import Learning
import Records
import Testing
import Traffic

/// Which header field each byte belongs to that a contract keeps.
@Suite struct FieldMapTests {
  private static let ipv4 = [
    "ip.version_length 1", "ip.tos 1", "ip.length 2", "ip.id 2", "ip.flags_fragment 2", "ip.ttl 1", "ip.protocol 1",
    "ip.checksum 2",
  ]
  private static let ipv6 = [
    "ipv6.version_class 1", "ipv6.flow_label 3", "ipv6.payload_length 2", "ipv6.next_header 1", "ipv6.hop_limit 1",
  ]
  private static let tcp = [
    "tcp.ports 4", "tcp.sequence 4", "tcp.acknowledgement 4", "tcp.flags 2", "tcp.window 2", "tcp.checksum 2",
    "tcp.urgent 2",
  ]
  private static let udp = ["udp.ports 4", "udp.length 2", "udp.checksum 2"]

  /// The flows of a capture, with what the contract keeps.
  private func flows(_ name: String, _ contract: InputContract = .paper) throws -> [ObservedFlow] {
    var tracker = CaptureTracker(policy: FlowPolicy(.flowcase), plan: contract.keepPlan)
    tracker.append(try Fixtures.bytes("captures/\(name)"))
    tracker.finish()
    var flows: [ObservedFlow] = []
    while case let batch = tracker.takeRemaining(64), !batch.isEmpty { flows += batch }
    return flows
  }

  private func text(_ packet: Int, _ flow: ObservedFlow, _ contract: InputContract = .paper) -> [String] {
    PacketEncoder(contract).visibleFields(of: flow.packets[packet], in: flow).map {
      "\($0.field.rawValue) \($0.range.count)"
    }
  }

  @Test func `a TLS hello over IPv4 and TCP`() throws {
    let flow = try #require(try flows("tls13.pcap").first { $0.record.proto == .tcp })
    #expect(text(0, flow) == Self.ipv4 + Self.tcp + ["tcp.options 20"])
    #expect(text(3, flow) == Self.ipv4 + Self.tcp + ["tcp.options 12", "tls.record 5", "payload 512"])
    #expect(
      text(3, flow, InputContract(packets: 10, bytesPerPacket: 46)).suffix(2) == ["tcp.options 12", "tls.record 2"])
    var payload = InputContract(packets: 10, bytesPerPacket: 100)
    payload.scope = .l7
    #expect(text(0, flow, payload) == [])
    #expect(text(3, flow, payload) == ["tls.record 5", "payload 95"])
  }

  @Test func `IPv6, a DNS question and a QUIC hello`() throws {
    let http = try #require(
      try flows("http-ipv6-nanosecond.pcap").first { $0.record.proto == .tcp && $0.record.originator.address.isIPv6 })
    #expect(text(0, http) == Self.ipv6 + Self.tcp + ["tcp.options 20"])
    let dns = try #require(try flows("dns.pcap").first { $0.record.proto == .udp && $0.record.responder.port == 53 })
    #expect(text(0, dns) == Self.ipv4 + Self.udp + ["dns.header 12", "payload 47"])
    let quic = try #require(try flows("quic.pcap").first { $0.record.responder.port == 4433 })
    #expect(text(0, quic) == Self.ipv6 + Self.udp + ["quic.header 42", "payload 1158"])
    let icmp = try #require(try flows("dns.pcap").first { $0.record.proto == .icmpv6 })
    #expect(text(0, icmp).suffix(4) == ["icmp.type_code 2", "icmp.checksum 2", "icmp.rest 4", "payload 24"])
  }

  @Test func `records follow each other in a segment, and one that begins within a record has none`() throws {
    let record: [UInt8] = [23, 3, 3, 0, 2, 7, 7]
    let header = [0x45] + [UInt8](repeating: 1, count: 39)
    func fields(_ payload: [UInt8]) -> ArraySlice<String> {
      text(0, SampleFlows.flow([header + payload])).dropFirst(Self.ipv4.count + Self.tcp.count)
    }
    #expect(fields(record + record + [23, 3]) == ["tls.record 5", "payload 2", "tls.record 5", "payload 4"])
    #expect(fields(Array(record.dropFirst()) + record) == ["payload 13"])
    #expect(fields([22, 3, 1, 0x40, 0, 1]) == ["tls.record 5", "payload 1"])
    #expect(fields([22, 3, 1, 0xff, 0xff, 1]) == ["payload 6"])
    #expect(fields([]) == [])
  }

  @Test func `options and extension headers lie between the fixed parts`() {
    let options = SampleFlows.flow([[0x46] + [UInt8](repeating: 0, count: 60)], transport: 24, payload: 44)
    #expect(text(0, options) == Self.ipv4 + ["ip.options 4"] + Self.tcp + ["payload 17"])
    let extended = SampleFlows.flow(
      [[0x60] + [UInt8](repeating: 0, count: 60)], proto: .udp, transport: 48, payload: 56)
    #expect(text(0, extended) == Self.ipv6 + ["ipv6.extensions 8"] + Self.udp + ["payload 5"])
    let sctp = SampleFlows.flow([[0x45] + [UInt8](repeating: 0, count: 39)], proto: .sctp, payload: 32)
    #expect(text(0, sctp) == Self.ipv4 + ["other.header 12", "payload 8"])
  }

  @Test(arguments: ["http-snap96.pcap", "refused.pcap", "vpn-inside-raw-ip.pcap", "cooked-v2.pcap", "vlan10.pcap"])
  func `every kept byte of a capture has one field, and its payload begins where the flow says`(name: String) throws {
    for flow in try flows(name) {
      for packet in flow.packets {
        check(packet, flow)
        let spans = PacketEncoder(.paper).visibleFields(of: packet, in: flow)
        let hidden = flow.record.originator.address.isIPv6 ? 32 : 8
        let payload = spans.first { $0.field.part == .payload }
        #expect(payload.map { $0.range.lowerBound + hidden } ?? packet.payloadOffset == packet.payloadOffset)
      }
    }
  }

  @Test func `random packets that claim anything`() {
    var generator = SeededGenerator(seed: 5)
    let protocols: [IPProtocol] = [.tcp, .udp, .icmp, .icmpv6, .sctp, .gre]
    let claims = [Int.min, -1, 0, 7, 12, 20, 21, 24, 40, 48, 90, 65_535, Int.max]
    for round in 0..<4000 {
      var bytes = (0..<generator.below(120)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      if !bytes.isEmpty, round % 5 > 0 { bytes[0] = round % 2 == 0 ? 0x45 : 0x60 }
      if bytes.count > 46, round % 3 == 0 { bytes.replaceSubrange(40..<43, with: [22, 3, 3]) }
      var flow = SampleFlows.flow(
        [bytes], proto: protocols[generator.below(protocols.count)],
        transport: claims[generator.below(claims.count)], payload: claims[generator.below(claims.count)])
      check(flow.packets[0], flow)
      flow.packets[0].byteRange = generator.below(9)..<generator.below(200) + 9
      check(flow.packets[0], flow)
    }
  }

  private func check(_ packet: KeptPacket, _ flow: ObservedFlow) {
    for scope in InputContract.Scope.allCases {
      for length in [0, 1, 13, 64, 1500] {
        var contract = InputContract(packets: 1, bytesPerPacket: length)
        contract.scope = scope
        let encoder = PacketEncoder(contract)
        let spans = encoder.visibleFields(of: packet, in: flow)
        var end = 0
        for span in spans {
          #expect(span.range.lowerBound == end && !span.range.isEmpty)
          #expect(span.field != .none && (scope == .l7 || span.field != .ipAddresses))
          end = span.range.upperBound
        }
        #expect(end == encoder.visibleByteCount(packet, in: flow))
      }
    }
  }
}
