import Records
import Testing
import Traffic

@Suite struct PcapngNotesTests {
  private func option(_ capture: CaptureBuilder, _ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    capture.half(code) + capture.half(UInt16(value.count)) + value
      + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
  }

  private func notes(_ bytes: [UInt8]) -> [String] {
    Tracked(bytes).tracker.notes.map { note in
      "\(note.kind.rawValue) \(note.packet.map { "\($0)" } ?? "-") \(note.name ?? "-") \(note.value)"
    }
  }

  @Test func aRealCaptureTellsCommentsKeysAndProgram() throws {
    let tracked = Tracked(try FixtureCapture.bytes("formats/refused-notes.pcapng"))
    let kinds = tracked.tracker.notes.map(\.kind)
    #expect(
      kinds == [
        .comment, .sectionApplication, .secretsDigest, .secrets, .interfaceLinkType, .interfaceSnapshotLength, .comment,
      ])
    #expect(tracked.tracker.notes.last?.packet == 2)
    #expect(tracked.tracker.notes.last?.value == "about the second packet")
    #expect(tracked.tracker.notes.first { $0.kind == .secrets }?.value.hasPrefix("CLIENT_RANDOM ") == true)
  }

  @Test(arguments: [false, true])
  func everyBlockSaysWhatItKnows(bigEndian: Bool) {
    var capture = CaptureBuilder.pcapng(bigEndian: bigEndian)
    let eight = { (value: UInt32) in
      bigEndian ? capture.word(0) + capture.word(value) : capture.word(value) + capture.word(0)
    }
    let interface =
      capture.half(1) + capture.half(0) + capture.word(96) + option(capture, 2, Array("eth0".utf8))
      + option(capture, 11, [0] + Array("tcp port 80".utf8)) + option(capture, 9, [9])
      + option(capture, 14, eight(3600)) + option(capture, 15, [0x41, 0xff, 0x42])
    capture.block(1, interface)
    let names =
      capture.half(1) + capture.half(11) + [192, 0, 2, 1] + Array("a.test\0".utf8) + [0] + capture.half(0)
      + capture.half(0)
    capture.block(4, names)
    capture.block(
      5,
      capture.word(0) + capture.word(0) + capture.word(0) + option(capture, 4, eight(100))
        + option(capture, 5, eight(3)))
    capture.block(10, capture.word(0x5747_4b4c) + capture.word(3) + [1, 2, 3])
    capture.block(9, Array("MESSAGE=hello\n".utf8))
    capture.block(0x0bad, capture.word(32_473))
    capture.block(0x77, [])
    #expect(
      notes(capture.bytes) == [
        "interface_link_type - 0 ethernet", "interface_snapshot_length - 0 96", "interface_name - 0 eth0",
        "interface_filter - 0 tcp port 80", "interface_resolution - 0 10^-9 s", "interface_offset - 0 3600",
        "interface_hardware - 0 A\\xffB", "address_name - 192.0.2.1 a.test", "interface_received - 0 100",
        "interface_dropped - 0 3",
        "secrets_sha256 - wireguard_key_log, 3 bytes 039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81",
        "journal_entry - - MESSAGE=hello\n", "unknown_block - 0x77 12 bytes",
      ])
  }

  @Test func packetsTellTheirDropsAndTheirCheckSequence() {
    let packet = Frame.ethernet(Frame.udp(Frame.client, Frame.server))
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 1)
    let data = packet + [9, 9, 9, 9]
    let padding = [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
    let head = capture.word(0) + capture.word(0) + capture.word(5) + capture.word(UInt32(data.count))
    let body =
      head + capture.word(UInt32(data.count)) + data + padding + option(capture, 2, capture.word(4 << 5))
      + option(capture, 4, capture.word(7) + capture.word(0))
    capture.block(6, body)
    let tracked = Tracked(capture.bytes)
    #expect(tracked.problems == [])
    #expect(tracked.tracker.notes.last?.kind == .packetsDropped)
    #expect(tracked.tracker.notes.last?.value == "7")
    var reader = CaptureReader()
    reader.append(capture.bytes)
    #expect(CaptureFormatTests.packets(&reader).map(\.originalLength) == [packet.count])
  }

  @Test func packetsWithoutTimeAreTold() {
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 1)
    let packet = Frame.ethernet(Frame.udp(Frame.client, Frame.server))
    capture.block(3, capture.word(UInt32(packet.count)) + packet)
    #expect(notes(capture.bytes).last == "packets_without_time 1 - 1")
    #expect(Tracked(capture.bytes).tracker.ledger.inFlows == 1)
  }

  @Test func notesAreBoundedAndTheRestIsCounted() {
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 1)
    for _ in 0..<10_100 {
      capture.block(
        5, capture.word(0) + capture.word(0) + capture.word(0) + option(capture, 4, capture.word(1) + capture.word(0)))
    }
    let long = [UInt8](repeating: 0x61, count: 5000)
    var one = CaptureBuilder.pcapng()
    one.block(
      5, one.word(0) + one.word(0) + one.word(0) + option(one, 1, long))
    let tracked = Tracked(capture.bytes)
    #expect(tracked.tracker.notes.count == 10_000)
    #expect(tracked.problems.map(\.code) == [.limitReached])
    #expect(tracked.problems.first?.message.contains(" 101 more things") == true)
    let value = Tracked(one.bytes).tracker.notes.first?.value
    #expect(value == String(repeating: "a", count: 4096) + " (904 bytes more are not kept)")
  }

  @Test func aBlockWhoseLastLengthIsWrongIsBelievedWhereTheFirstLeadsOn() {
    let packet = Frame.ethernet(Frame.udp(Frame.client, Frame.server))
    var capture = CaptureBuilder.pcapng()
    capture.interface(linkType: 1)
    for tick in 0..<5 { capture.enhanced(ticks: UInt64(tick), packet) }
    var bytes = capture.bytes
    let length = 32 + (packet.count + 3) / 4 * 4
    bytes[bytes.count - 2 * length - 4] ^= 0xff
    bytes[bytes.count - 4] ^= 0xff
    let tracked = Tracked(bytes)
    #expect(tracked.tracker.ledger.read == 5)
    #expect(tracked.problems.map(\.code) == [.damagedCapture, .damagedCapture])
    #expect(tracked.tracker.bytesLost == 0)
  }
}
