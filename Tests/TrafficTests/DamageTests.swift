import Records
import Testing
import Traffic

/// What is left of a capture after its bytes were changed at random places.
@Suite struct DamageTests {
  enum Damage: CaseIterable {
    case flip, zero, remove, insert

    /// - Returns: the damaged bytes, and how many bytes longer they are.
    func apply(_ bytes: [UInt8], at offset: Int, count: Int, seed: inout UInt64) -> (bytes: [UInt8], growth: Int) {
      var damaged = bytes
      let end = min(offset + count, bytes.count)
      switch self {
      case .flip: for index in offset..<end { damaged[index] ^= UInt8(1 + next(&seed) % 255) }
      case .zero: for index in offset..<end { damaged[index] = 0 }
      case .remove: damaged.removeSubrange(offset..<end)
      case .insert: damaged.insert(contentsOf: (0..<count).map { _ in UInt8(next(&seed) % 256) }, at: offset)
      }
      return (damaged, damaged.count - bytes.count)
    }
  }

  private struct Reading {
    var packets: [CapturedPacket] = []
    var problems: [Problem] = []
    var read = 0, lost = 0

    init(_ bytes: [UInt8]) {
      var reader = CaptureReader()
      reader.append(bytes)
      step(&reader)
      reader.endOfStream()
      step(&reader)
      if let problem = reader.finish() { problems.append(problem) }
      (read, lost) = (reader.bytesRead, reader.bytesLost)
    }

    private mutating func step(_ reader: inout CaptureReader) {
      let buffer = reader.buffer
      let bytes = unsafe buffer.span.bytes
      while true {
        switch reader.next(bytes) {
        case .packet(let packet): packets.append(packet)
        case .damage(let problem): problems.append(problem)
        case .skipped: continue
        case .needsMore: return
        }
      }
    }
  }

  private static let captures = [
    "captures/tls13.pcap", "captures/http-ipv6-nanosecond.pcap", "captures/tls12-ipv6.pcapng",
    "captures/vpn-inside-raw-ip.pcap",
  ]

  /// Packets before the damage are all kept, packets behind it are found again, and every byte is read or counted lost.
  @Test(arguments: captures + FixtureCapture.formats, Damage.allCases)
  func nothingAroundTheDamageIsLost(path: String, damage: Damage) throws {
    let bytes = try FixtureCapture.bytes(path)
    let whole = Reading(bytes)
    let isLong = Self.captures.contains(path)
    var seed: UInt64 = 1
    for _ in 0..<60 {
      let count = 1 + Int(next(&seed) % 40)
      // File headers, interfaces and the records that tell ERF are not to be had again.
      let offset = 400 + Int(next(&seed) % UInt64(bytes.count - 400))
      let (damaged, growth) = damage.apply(bytes, at: offset, count: count, seed: &seed)
      let reading = Reading(damaged)
      #expect(reading.read + reading.lost == damaged.count, "\(offset)+\(count)")
      #expect(reading.problems.reduce(0) { $0 + $1.bytesLost } == reading.lost, "\(offset)+\(count)")
      // The packet that was struck is the last one that begins before the damage.
      let before = whole.packets.filter { $0.streamOffset < offset }.dropLast()
      #expect(reading.packets.prefix(before.count).elementsEqual(before), "\(offset)+\(count)")
      guard isLong, damage == .remove || damage == .insert || growth == 0 else { continue }
      // Two records are enough to find the way again; one more may have been struck or be the evidence of the first.
      let behind = whole.packets.filter { $0.streamOffset > offset + count }.dropFirst(2).map {
        $0.streamOffset + growth
      }
      let found = Set(reading.packets.map(\.streamOffset))
      #expect(behind.allSatisfy(found.contains), "\(offset)+\(count)")
    }
  }

  @Test func lossesBeyondTheRowsAreInTheirSum() {
    var capture = CaptureBuilder.pcap()
    let packet = Frame.ethernet(Frame.udp(Frame.client, Frame.server))
    for second in 0..<600 { capture.record(seconds: 1_700_000_000 + UInt32(second), packet) }
    var bytes = capture.bytes
    let record = 16 + packet.count
    for index in stride(from: 2, to: 600, by: 4) {
      let length = 24 + index * record + 8
      bytes.replaceSubrange(length..<length + 4, with: [0xff, 0xff, 0xff, 0x7f])
    }
    let tracked = Tracked(bytes)
    #expect(tracked.tracker.ledger.read == 450)
    #expect(tracked.problems.count == 101)
    #expect(tracked.problems.reduce(0) { $0 + $1.bytesLost } == 150 * record)
  }
}

/// A generator for damage that is the same each time (the multiplier of PCG).
private func next(_ seed: inout UInt64) -> UInt64 {
  seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  return seed >> 33
}
