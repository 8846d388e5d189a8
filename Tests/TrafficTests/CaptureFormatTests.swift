import Records
import Testing
import Traffic

@Suite struct CaptureFormatTests {
  /// The same packets in another format are the same flows.
  @Test(arguments: FixtureCapture.formats)
  func everyFormatGivesTheFlowsOfTheOriginal(path: String) throws {
    let original = Tracked(try FixtureCapture.bytes("captures/refused.pcap"))
    let bytes = try FixtureCapture.bytes(path)
    let tracked = Tracked(bytes)
    #expect(tracked.problems == [])
    #expect(tracked.tracker.ledger == original.tracker.ledger)
    #expect(tracked.tracker.linkTypes == original.tracker.linkTypes)
    #expect(tracked.flows.map(\.record.communityID) == original.flows.map(\.record.communityID))
    #expect(tracked.flows.map(\.record.sent) == original.flows.map(\.record.sent))
    #expect(tracked.tracker.bytesRead == bytes.count)
    let precision: Int64 = path.contains("netmon1") ? 1_000_000 : 1000
    for (one, other) in zip(tracked.flows, original.flows) {
      #expect((one.record.start.nanoseconds - other.record.start.nanoseconds).magnitude < precision)
    }
  }

  @Test(arguments: FixtureCapture.formats)
  func theCutOfTheChunksDoesNotMatter(path: String) throws {
    let bytes = try FixtureCapture.bytes(path)
    let whole = Tracked(bytes)
    for chunk in [1, 7, 128, 1000] {
      let tracked = Tracked(bytes, chunk: chunk)
      #expect(tracked.flows == whole.flows)
      #expect(tracked.tracker.notes == whole.tracker.notes)
    }
  }

  @Test(arguments: FixtureCapture.formats)
  func everyByteOfEveryPrefixIsAccountedFor(path: String) throws {
    let bytes = try FixtureCapture.bytes(path)
    var last = 0
    for length in 0...bytes.count {
      let tracked = Tracked(Array(bytes.prefix(length)))
      let tracker = tracked.tracker
      #expect(tracker.ledger.addsUp)
      #expect(tracker.bytesRead + tracker.bytesLost == length)
      #expect(tracked.problems.reduce(0) { $0 + $1.bytesLost } == tracker.bytesLost)
      // ERF has no magic: with fewer than three records it is only recognised between two of them.
      if !path.hasSuffix("erf") { #expect(tracker.ledger.read >= last) }
      last = tracker.ledger.read
    }
  }

  @Test func linkTypeTellsTheFrameCheckSequence() {
    let frame = Frame.ethernet(Frame.udp(Frame.client, Frame.server, payload: [UInt8](repeating: 7, count: 40)))
    // Four bytes of check sequence, told in units of two: they belong to neither length.
    var capture = CaptureBuilder.pcap(linkType: 0x2400_0001)
    capture.record(seconds: 1, frame + [1, 2, 3, 4])
    var reader = CaptureReader()
    reader.append(capture.bytes)
    reader.endOfStream()
    #expect(Self.packets(&reader).map(\.originalLength) == [frame.count])
    #expect(reader.linkTypes.map(\.description) == ["ethernet"])
  }

  @Test(arguments: [(0x1c00_01ac, 500), (0x1c00_01ab, 500_000)] as [(UInt32, Int64)])
  func ixiaHeadersAreFourBytesLonger(magic: UInt32, nanoseconds: Int64) {
    var capture = CaptureBuilder.pcap(magic: magic)
    capture.bytes += capture.word(0)
    capture.record(seconds: 1, fraction: 500, Frame.ethernet(Frame.udp(Frame.client, Frame.server)))
    let tracked = Tracked(capture.bytes)
    #expect(tracked.problems == [])
    #expect(tracked.flows.first?.record.start.nanoseconds == 1_000_000_000 + nanoseconds)
  }

  @Test func aixWritesInterfaceTypesAndNanoseconds() {
    var capture = CaptureBuilder.pcap(linkType: 6, bigEndian: true)
    capture.bytes.replaceSubrange(6..<8, with: [0, 2])
    capture.record(seconds: 1, fraction: 500, Frame.ethernet(Frame.udp(Frame.client, Frame.server)))
    let tracked = Tracked(capture.bytes)
    #expect(tracked.tracker.linkTypes.map(\.description) == ["ethernet"])
    #expect(tracked.flows.first?.record.start.nanoseconds == 1_000_000_500)
  }

  @Test func iptraceRecordsDescribeTheirInterface() {
    let frame = Frame.ethernet(Frame.udp(Frame.client, Frame.server))
    var bytes = Array("iptrace 2.0".utf8)
    for second in [1, 2] as [UInt8] {
      bytes += [0, 0, 0, UInt8(32 + frame.count), 0, 0, 0, second]
      bytes += [UInt8](repeating: 0, count: 20) + [6, 1, 0, 0, 0, 0, 0, second, 0, 0, 1, 0] + frame
    }
    let tracked = Tracked(bytes)
    #expect(tracked.problems == [])
    #expect(tracked.tracker.ledger.inFlows == 2)
    #expect(tracked.flows.first?.record.start.nanoseconds == 1_000_000_256)
  }

  @Test func snoopTellsWhatTheRecorderDropped() throws {
    var bytes = try FixtureCapture.bytes("formats/refused.snoop")
    #expect(Tracked(bytes).tracker.notes == [])
    // The second record's cumulative drops.
    let second = 16 + Int(bytes[26]) << 8 + Int(bytes[27])
    bytes[second + 15] = 9
    let note = CaptureNote(.packetsDropped, offset: second, packet: 2, value: "9")
    #expect(Tracked(bytes).tracker.notes == [note])
  }

  static func packets(_ reader: inout CaptureReader) -> [CapturedPacket] {
    var packets: [CapturedPacket] = []
    let buffer = reader.buffer
    let bytes = unsafe buffer.span.bytes
    while true {
      switch reader.next(bytes) {
      case .packet(let packet): packets.append(packet)
      case .needsMore: return packets
      default: continue
      }
    }
  }
}
