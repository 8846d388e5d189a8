import Records
import Testing
import Traffic

@Suite struct PcapngWriterTests {
  private func packet(_ nanoseconds: Int64, _ linkType: UInt32, _ bytes: [UInt8], original: Int? = nil) -> CutPacket {
    var interface = CaptureInterface(linkType: LinkType(rawValue: linkType))
    interface.name = linkType == 1 ? "eth0" : nil
    return CutPacket(
      number: 0, time: CaptureTime(nanoseconds: nanoseconds), interface: interface, bytes: bytes,
      originalLength: original ?? bytes.count)
  }

  /// All packets of a capture, through a cutter that wants every one.
  private func read(_ capture: [UInt8], count: Int, chunk: Int) -> [CutPacket] {
    var cutter = PacketCutter(Array(1...count))
    var packets: [CutPacket] = []
    for start in stride(from: 0, to: capture.count, by: chunk) {
      cutter.append(Array(capture[start..<min(start + chunk, capture.count)])) { packets.append($0) }
    }
    cutter.finish { packets.append($0) }
    #expect(cutter.missing == 0)
    return packets
  }

  @Test(arguments: [1, 7, 4096]) func packetsReadBackAsTheyWere(chunk: Int) throws {
    let packets = [
      packet(1_430_324_727_323_512_001, 1, Array(0..<60)), packet(0, 101, [0x45], original: 1500),
      packet(-1, 1, Array(0..<61)), packet(.min, 1, []), packet(.max, 113, Array(0..<62)),
      packet(1_430_324_727_323_512_000, 1, Array(0..<63)),
    ]
    var writer = PcapngWriter(application: "test")
    var capture: [UInt8] = []
    for packet in packets {
      #expect(writer.append(packet, from: "a.pcap", comments: ["1,Voip", "flow x"], to: &capture))
    }
    let found = read(capture, count: packets.count, chunk: chunk)
    #expect(found.map(\.bytes) == packets.map(\.bytes))
    #expect(found.map(\.originalLength) == packets.map(\.originalLength))
    #expect(found.map(\.interface.linkType) == packets.map(\.interface.linkType))
    #expect(found.map(\.interface.name) == packets.map(\.interface.name))
    // Readers keep a second's distance from the ends of what can be counted.
    #expect(found[0...2].map(\.time) == packets[0...2].map(\.time))
    #expect(found[5].time == packets[5].time)
  }

  @Test func interfacesOfDifferentCapturesStayApart() throws {
    var writer = PcapngWriter(application: "test")
    var capture: [UInt8] = []
    for name in ["a.pcap", "b.pcap", "a.pcap"] {
      #expect(writer.append(packet(5, 1, [1, 2, 3]), from: name, comments: [], to: &capture))
    }
    var reader = CaptureReader()
    reader.append(capture)
    let bytes = reader.buffer
    var interfaces: [UInt32] = []
    loop: while true {
      switch reader.next(bytes.span.bytes) {
      case .packet(let packet): interfaces.append(packet.interface)
      case .skipped: continue
      case .damage, .needsMore: break loop
      }
    }
    // Their descriptions are equal, so a reader may take them for one; the comments name where they come from.
    #expect(interfaces == [0, 0, 0])
    let comments = reader.takeNotes().filter { $0.kind == .comment }.map(\.value)
    #expect(comments == ["from a.pcap", "from b.pcap"])
  }

  @Test func aLinkTypeWithoutANumberIsRefused() {
    var writer = PcapngWriter(application: "test")
    var capture: [UInt8] = []
    #expect(!writer.append(packet(5, 0x1_0001, [1]), from: "a", comments: [], to: &capture))
    #expect(capture.isEmpty)
  }
}
