import Records
import Testing

@testable import Traffic

/// What a record or a header says that cannot be so is told, and believed nowhere.
@Suite struct ImplausibleTests {
  private let client = Frame.client, server = Frame.server

  private func capture(_ times: [(UInt32, UInt32)], magic: UInt32 = 0xa1b2_c3d4) -> CaptureBuilder {
    var builder = CaptureBuilder.pcap(magic: magic)
    for (seconds, fraction) in times {
      builder.record(seconds: seconds, fraction: fraction, Frame.ethernet(Frame.udp(client, server)))
    }
    return builder
  }

  // MARK: Lengths

  @Test func anIPLengthBeyondTheFrameIsNotCounted() {
    var builder = CaptureBuilder.pcap()
    let frame = Frame.ethernet(
      Frame.ipv4(17, client, server, [0, 5, 0, 6, 0, 12, 0, 0, 1, 2, 3, 4], totalLength: 65_535))
    for second in 0..<10 { builder.record(seconds: UInt32(second), frame) }
    let tracked = Tracked(builder.bytes)
    #expect(tracked.flows.map(\.record.sent.ipBytes) == [frame.count * 10])
    #expect(tracked.problems.map(\.code) == [.implausibleLength])
    #expect(tracked.problems.first?.message.hasPrefix("10 packets state lengths") == true)
  }

  @Test func aUDPLengthBeyondIPAndAWireLengthBelowWhatIsThereAreTold() {
    var builder = CaptureBuilder.pcap()
    let ports = Frame.big(4000) + Frame.big(5000)
    builder.record(seconds: 1, Frame.ethernet(Frame.ipv4(17, client, server, ports + Frame.big(900) + [0, 0, 1])))
    builder.record(seconds: 2, Frame.ethernet(Frame.udp(client, server)), original: 20)
    let tracked = Tracked(builder.bytes)
    #expect(tracked.problems.map(\.code) == [.implausibleLength, .implausibleLength])
    #expect(tracked.problems.map(\.offset) == [24, 24 + 16 + 14 + 29])
    #expect(tracked.tracker.ledger.inFlows == 2)
  }

  /// Cut by the snapshot length, padded by Ethernet, and sent by segmentation offload.
  @Test func whatIsAsItShouldBeIsNotTold() {
    var builder = CaptureBuilder.pcap()
    let long = Frame.ethernet(Frame.udp(client, server, payload: [UInt8](repeating: 1, count: 900)))
    builder.record(seconds: 1, Array(long.prefix(60)), original: long.count)
    builder.record(seconds: 2, Frame.ethernet(Frame.udp(client, server)) + [UInt8](repeating: 0, count: 15))
    builder.record(
      seconds: 3, Frame.ethernet(Frame.ipv4(6, client, server, [UInt8](repeating: 0, count: 40), totalLength: 0)))
    #expect(Tracked(builder.bytes).problems.isEmpty)
  }

  // MARK: Times

  @Test(arguments: [0xa1b2_c3d4, 0xa1b2_3c4d] as [UInt32])
  func aFractionBeyondItsSecondIsTheEndOfIt(magic: UInt32) {
    let tracked = Tracked(capture([(1000, 0), (1000, 4_294_948_296), (1001, 0)], magic: magic).bytes)
    #expect(tracked.flows.count == 1)
    #expect(tracked.flows.first?.record.end == CaptureTime(nanoseconds: 1001 * 1_000_000_000))
    #expect(tracked.problems.map(\.code) == [.implausibleTime])
  }

  private let now: UInt32 = 1_700_000_000

  /// One packet of another century first, in the middle, and last; two at once, and two that disagree.
  @Test(arguments: [[0], [4], [9], [4, 5], [2, 6], [8, 9]])
  func fewTimesFarFromTheOthersCutNothing(places: [Int]) {
    for far in [4_294_967_280, 0] as [UInt32] {
      let times = (0..<10).map { (places.contains($0) ? far + UInt32($0) : now + UInt32($0), UInt32(0)) }
      let tracked = Tracked(capture(times).bytes)
      #expect(tracked.flows.map(\.record.sent.packets) == [10], "\(places)")
      #expect(tracked.problems.map(\.code) == [.implausibleTime])
      #expect(tracked.problems.first?.message.hasPrefix("\(places.count) packet") == true)
      let last = Int64(now) + (places.contains(9) ? places.count == 2 ? 7 : 8 : 9)
      #expect(tracked.tracker.lastPacket == CaptureTime(nanoseconds: last * 1_000_000_000))
      #expect((tracked.flows.first?.record.start.nanoseconds ?? 0) >= Int64(now) * 1_000_000_000)
    }
  }

  /// Five packets before the clock was set: kept as they are, told, and left out of the span where they are few.
  @Test func aClockThatWasSetIsKeptAndTold() {
    let tracked = Tracked(capture((0..<100).map { ($0 < 5 ? UInt32($0) : now + UInt32($0), 0) }).bytes)
    #expect(tracked.flows.map(\.record.sent.packets).sorted() == [5, 95])
    #expect(tracked.problems.map(\.code) == [.implausibleTime])
    #expect(tracked.problems.first?.message.contains("leave out the 5 packets from 1970-01-01T00:00:00") == true)
    #expect(tracked.tracker.firstPacket == CaptureTime(nanoseconds: (Int64(now) + 5) * 1_000_000_000))
  }

  /// A capture that is quiet for weeks between its packets, and two that were put one behind the other.
  @Test func quietCapturesAreBelieved() {
    let weeks = (0..<9).map { (now + UInt32($0) * 700_000, UInt32(0)) }
    let tracked = Tracked(capture(weeks).bytes)
    #expect(tracked.problems.isEmpty && tracked.flows.count == 9)
    #expect(tracked.tracker.lastPacket == CaptureTime(nanoseconds: Int64(now + 5_600_000) * 1_000_000_000))
    let older = (0..<5).map { (now - 3_000_000 + UInt32($0), UInt32(0)) }
    #expect(Tracked(capture(weeks.prefix(1) + older).bytes).problems.isEmpty)
  }

  // MARK: Zeros

  @Test(arguments: [1, 15, 16, 17, 65_536, 100_003]) func zerosBehindTheLastRecordAreNoPackets(count: Int) {
    var ng = CaptureBuilder.pcapng()
    ng.interface(linkType: 1)
    for index in 0..<3 {
      ng.enhanced(ticks: UInt64(now) * 1_000_000 + UInt64(index), Frame.ethernet(Frame.udp(client, server)))
    }
    for bytes in [capture([(now, 0), (now, 1), (now, 2)]).bytes, ng.bytes] {
      for chunk in [1 << 20, 1000] {
        let tracked = Tracked(bytes + [UInt8](repeating: 0, count: count), chunk: chunk)
        #expect(tracked.tracker.ledger.read == 3)
        #expect(tracked.problems.map(\.code) == [.zeroFilled])
        #expect(tracked.problems.first?.bytesLost == count)
        #expect(tracked.problems.first?.offset == bytes.count)
      }
    }
  }

  @Test func readingGoesOnBehindZeros() {
    let whole = capture([(now, 0), (now, 1), (now, 2), (now + 500_000, 0), (now + 500_001, 0)])
    let record = (whole.bytes.count - 24) / 5
    for place in [24 + record * 2, 24 + record * 3] {
      let bytes = whole.bytes[..<place] + [UInt8](repeating: 0, count: 5000) + whole.bytes[place...]
      let tracked = Tracked(Array(bytes), chunk: 700)
      #expect(tracked.tracker.ledger.read == 5)
      #expect(tracked.problems.map(\.code) == [.zeroFilled])
      #expect(tracked.problems.first?.bytesLost == 5000)
    }
  }

  // MARK: Labels and filters

  /// With and without a control word; frames whose destination begins with the bits of IP's versions, and of the word.
  @Test(arguments: [0x00, 0x02, 0x40, 0x44, 0x60, 0xa0] as [UInt8]) func ethernetBehindLabels(first: UInt8) {
    var ip = Frame.udp(client, server)
    var sum = stride(from: 0, to: 20, by: 2).reduce(UInt32(0)) { $0 + UInt32(ip[$1]) << 8 + UInt32(ip[$1 + 1]) }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    (ip[10], ip[11]) = (UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff))
    var inner = Frame.ethernet(ip, tags: [(0x8100, 7)])
    inner[0] = first
    for labels in [[0x41], [0x40, 0x41]] as [[UInt8]] {
      for word in [[], [0, 0, 0, 0], [0, 0, 0, 9]] as [[UInt8]] {
        let stack: [UInt8] = labels.flatMap { [0, 0x06, $0, 64] as [UInt8] }
        var builder = CaptureBuilder.pcap()
        builder.record(seconds: 1, Frame.ethernet(stack + word + inner, type: 0x8847))
        let tracked = Tracked(builder.bytes)
        #expect(tracked.flows.map(\.record.originator.port) == [client.port], "\(first) \(word)")
        #expect(tracked.flows.first?.record.vlan == "7")
        #expect(tracked.problems.isEmpty)
      }
    }
  }

  @Test func whatLabelsCarryThatMakesNoSenseIsTold() {
    var builder = CaptureBuilder.pcap()
    builder.record(seconds: 1, Frame.ethernet([0, 6, 0x41, 64] + [UInt8](repeating: 0x2a, count: 40), type: 0x8847))
    let tracked = Tracked(builder.bytes)
    #expect(tracked.tracker.ledger.undecodable == 1)
    #expect(tracked.problems.map(\.code) == [.undecodablePackets])
  }

  @Test func aFilterThatDoesNotLookIntoTagsIsTold() throws {
    var builder = CaptureBuilder.pcap()
    let packet = Frame.tcp(client, server, flags: 2)
    builder.record(seconds: 1, Frame.ethernet(packet, tags: [(0x8100, 10)]))
    builder.record(seconds: 2, Frame.ethernet(Frame.udp(client, server)))
    builder.record(seconds: 3, Frame.ethernet(Frame.ipv4(4, client, server, packet)))
    for (expression, expected) in [("tcp", 2), ("vlan and tcp", 0), ("udp port 53", 0), ("ip", 1)] {
      let tracked = Tracked(builder.bytes, filter: try PacketFilter(expression))
      #expect(tracked.problems.map(\.code) == (expected > 0 ? [.unseenByFilter] : []), "\(expression)")
      #expect(tracked.problems.first.map { $0.message.hasPrefix("\(expected) packet") } ?? true, "\(expression)")
    }
  }
}
