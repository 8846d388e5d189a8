import Records
import Testing
import Traffic

@Suite struct CaptureReaderTests {
  private let packet = Frame.ethernet(Frame.udp(Frame.client, Frame.server))

  @Test(arguments: [false, true], [0xa1b2_c3d4, 0xa1b2_3c4d] as [UInt32])
  func classicPcapInEveryOrderAndPrecision(bigEndian: Bool, magic: UInt32) {
    var capture = CaptureBuilder.pcap(magic: magic, bigEndian: bigEndian)
    capture.record(seconds: 1_700_000_000, fraction: 500, packet)
    let tracked = Tracked(capture.bytes)
    #expect(tracked.problems == [])
    #expect(tracked.tracker.ledger.inFlows == 1)
    let nanoseconds: Int64 = magic == 0xa1b2_3c4d ? 500 : 500_000
    #expect(tracked.flows.first?.record.start.nanoseconds == 1_700_000_000_000_000_000 + nanoseconds)
    #expect(tracked.flows.first?.record.firstPacket == PacketPosition(number: 1, streamOffset: 24))
  }

  @Test(arguments: 1...64)
  func theCutOfTheChunksDoesNotMatter(chunk: Int) {
    var capture = CaptureBuilder.pcap()
    for second in 0..<5 { capture.record(seconds: UInt32(second), packet) }
    #expect(Tracked(capture.bytes, chunk: chunk).flows == Tracked(capture.bytes).flows)
    var next = CaptureBuilder.pcapng()
    next.interface(linkType: 1)
    for tick in 0..<5 { next.enhanced(ticks: UInt64(tick), packet) }
    #expect(Tracked(next.bytes, chunk: chunk).flows == Tracked(next.bytes).flows)
    #expect(Tracked(next.bytes).tracker.ledger.inFlows == 5)
  }

  @Test func pcapngMixesLinkTypesResolutionsAndByteOrders() {
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 1)
    capture.interface(linkType: 101, resolution: 9)
    capture.enhanced(interface: 0, ticks: 1_700_000_000_000_001, packet)
    capture.enhanced(interface: 1, ticks: 1_700_000_000_000_000_002, Frame.udp(Frame.client, Frame.server))
    var second = CaptureBuilder.pcapng(bigEndian: true)
    second.interface(linkType: 1, resolution: 0x80 | 10)
    second.enhanced(ticks: 1_700_000_000 << 10 | 512, packet)
    let tracked = Tracked(capture.bytes + second.bytes)
    #expect(tracked.problems == [])
    #expect(tracked.tracker.ledger.inFlows == 3)
    #expect(tracked.tracker.linkTypes.map(\.description) == ["ethernet", "raw-ip"])
    let flow = tracked.flows.first?.record
    #expect(flow?.start.nanoseconds == 1_700_000_000_000_000_002)
    #expect(flow?.end.nanoseconds == 1_700_000_000_500_000_000)
  }

  @Test func aCutRecordIsAProblemAndTheRestIsKept() {
    var capture = CaptureBuilder.pcap()
    for second in 0..<3 { capture.record(seconds: UInt32(second), packet) }
    let tracked = Tracked(Array(capture.bytes.dropLast(5)))
    #expect(tracked.tracker.ledger.read == 2)
    #expect(tracked.problems.map(\.code) == [.truncatedCapture])
    #expect(tracked.problems.first?.offset == 24 + 2 * (16 + packet.count))
    #expect(tracked.tracker.bytesLost == 16 + packet.count - 5)
  }

  @Test func readingGoesOnBehindDamage() {
    var capture = CaptureBuilder.pcap()
    for second in 0..<20 { capture.record(seconds: 1_700_000_000 + UInt32(second), packet) }
    let record = 16 + packet.count
    var bytes = capture.bytes
    let broken = 24 + 5 * record
    bytes.replaceSubrange(broken + 8..<broken + 12, with: [0xff, 0xff, 0xff, 0x7f])
    let tracked = Tracked(bytes)
    #expect(tracked.tracker.ledger.read == 19)
    #expect(tracked.problems.map(\.code) == [.damagedCapture])
    #expect(tracked.problems.first?.offset == broken)
    #expect(tracked.problems.first?.bytesLost == record)
  }

  @Test func pcapngReadingGoesOnBehindDamage() {
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 1)
    let first = capture.bytes.count
    for tick in 0..<20 { capture.enhanced(ticks: UInt64(tick), packet) }
    let block = (capture.bytes.count - first) / 20
    var bytes = capture.bytes
    bytes[first + 3 * block + 4] ^= 0x55
    let tracked = Tracked(bytes)
    #expect(tracked.tracker.ledger.read == 19)
    #expect(tracked.problems.map(\.bytesLost) == [block])
  }

  @Test func everyPrefixAndEveryChangedByteIsSurvivedWithALedgerThatAddsUp() {
    var classic = CaptureBuilder.pcap()
    for second in 0..<4 { classic.record(seconds: UInt32(second), packet) }
    var next = CaptureBuilder.pcapng()
    next.interface(linkType: 1, resolution: 6)
    for tick in 0..<4 { next.enhanced(ticks: UInt64(tick), packet) }
    for bytes in [classic.bytes, next.bytes] {
      for length in 0...bytes.count { #expect(Tracked(Array(bytes.prefix(length))).tracker.ledger.addsUp) }
      for index in bytes.indices {
        for pattern in [0x01, 0x80, 0xff] as [UInt8] {
          var changed = bytes
          changed[index] ^= pattern
          #expect(Tracked(changed).tracker.ledger.addsUp)
        }
      }
    }
  }
}
