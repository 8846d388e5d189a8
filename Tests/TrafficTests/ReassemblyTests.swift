import Records
import Testing
import Traffic

@Suite struct ReassemblyTests {
  private let left = Frame.Host(address: [10, 0, 0, 1], port: 50_000)
  private let right = Frame.Host(address: [10, 0, 0, 2], port: 4789)
  private let whole = Frame.udp(Frame.client, Frame.server, payload: (0..<64).map { UInt8($0) })

  /// Cuts an IPv4 packet into fragments of 24 bytes of data.
  private func fragments(_ packet: [UInt8], size: Int = 24) -> [[UInt8]] {
    let data = Array(packet[20...])
    return stride(from: 0, to: data.count, by: size).map { start in
      let end = min(start + size, data.count)
      let field = UInt16(start / 8) | (end < data.count ? 0x2000 : 0)
      let total = Frame.big(UInt16(20 + end - start))
      return Array(packet[0..<2]) + total + packet[4..<6] + Frame.big(field) + packet[8..<20] + data[start..<end]
    }
  }

  private func tracked(_ packets: [(UInt32, [UInt8])]) -> Tracked {
    var capture = CaptureBuilder.pcap(linkType: 101)
    for (second, packet) in packets { capture.record(seconds: second, packet) }
    return Tracked(capture.bytes)
  }

  private func tracked(_ packets: [[UInt8]]) -> Tracked { tracked(packets.map { (1, $0) }) }

  @Test func fragmentsInAnyOrderAreOneFlow() {
    let pieces = fragments(whole)
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
      let result = tracked(order.map { pieces[$0] })
      let flow = result.flows.first
      #expect(result.flows.count == 1)
      #expect(flow?.record.originator.port == 40_000)
      #expect(flow?.record.sent == DirectionCounters(packets: 3, ipBytes: 72 + 60))
      #expect((flow?.record.firstPacket.number, flow?.record.lastPacket.number) == (1, 3))
      #expect(result.tracker.ledger.inFlows == 3)
      // The models see the datagram once and whole.
      #expect(flow?.packets.count == 1)
      #expect(flow?.bytes.dropFirst(28) == whole.dropFirst(28))
    }
  }

  @Test func ipv6FragmentsAreReassembled() {
    let prefix: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11)
    func ipv6(_ offset: UInt16, _ data: [UInt8]) -> [UInt8] {
      let payload = [17, 0] + Frame.big(offset) + [0, 0, 0, 9] + data
      return [0x60, 0, 0, 0] + Frame.big(UInt16(payload.count)) + [44, 64] + prefix + [1] + prefix + [2] + payload
    }
    let data = Array(whole[20...])
    let flows = tracked([ipv6(24, Array(data[24...])), ipv6(1, Array(data[..<24]))]).flows
    #expect(flows.map(\.record.originator.port) == [40_000])
    #expect(flows.first?.record.sent.packets == 2)
    #expect(flows.first?.bytes.suffix(64) == whole.suffix(64))
  }

  @Test func aTunnelInFragmentsIsOpened() {
    let outer = Frame.udp(left, right, payload: [0x08, 0, 0, 0, 0, 0, 9, 0] + Frame.ethernet(whole))
    let result = tracked(fragments(outer))
    #expect(result.flows.map(\.record.tunnel) == ["VXLAN 10.0.0.1>10.0.0.2 vni 9"])
    #expect(result.flows.first?.record.originator.port == 40_000)
    #expect(result.flows.first?.record.sent.ipBytes == whole.count)
    #expect(result.flows.first?.record.sent.packets == result.tracker.ledger.inFlows)
  }

  @Test func contradictionsAreTold() {
    var other = fragments(whole)[1]
    other[30] ^= 0xff
    let pieces = fragments(whole)
    let result = tracked([pieces[0], pieces[1], other, pieces[2]])
    #expect(result.problems.map(\.code) == [.contradictoryFragments])
    #expect(result.problems.first?.offset == 24)
    #expect(result.flows.first?.bytes.dropFirst(28) == whole.dropFirst(28))
    let repeated = tracked([pieces[0], pieces[1], pieces[1], pieces[2]])
    #expect(repeated.problems.isEmpty)
    let beyond = Frame.ipv4(17, Frame.client, Frame.server, [UInt8](repeating: 0, count: 64), fragment: 0x1fff)
    #expect(tracked([pieces[0], beyond]).problems.map(\.code) == [.contradictoryFragments])
  }

  @Test func incompleteDatagramsStillCount() {
    let pieces = fragments(whole)
    let withFirst = tracked([pieces[1], pieces[0]])
    #expect(withFirst.flows.map(\.record.originator.port) == [40_000])
    #expect(withFirst.flows.first?.record.sent.packets == 2)
    let withoutFirst = tracked([pieces[1], pieces[2]])
    #expect(withoutFirst.flows.map(\.record.originator.port) == [0])
    #expect(withoutFirst.tracker.ledger.inFlows == 2)
    #expect(withoutFirst.problems.isEmpty)
  }

  @Test func whatTakesTooLongIsGivenUp() {
    let pieces = fragments(whole)
    let result = tracked([(0, pieces[1]), (31, pieces[0]), (31, pieces[2])])
    #expect(result.flows.map(\.record.originator.port).sorted() == [0, 40_000])
  }

  @Test func whatIsHeldIsBounded() {
    let pieces = (0..<6000).map { index in
      var packet = fragments(whole)[1]
      packet[4] = UInt8(index >> 8)
      packet[5] = UInt8(index & 0xff)
      return packet
    }
    let ledger = tracked(pieces).tracker.ledger
    #expect(ledger.inFlows == 6000)
  }
}
