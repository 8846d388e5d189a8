import Records
import Traffic

/// Writes captures byte by byte, for the tests that need to know where every byte lies.
struct CaptureBuilder {
  var bytes: [UInt8] = []
  private var isBigEndian = false

  /// A classic pcap file header.
  static func pcap(linkType: UInt32 = 1, magic: UInt32 = 0xa1b2_c3d4, bigEndian: Bool = false) -> Self {
    var builder = Self()
    builder.isBigEndian = bigEndian
    builder.bytes += builder.word(magic) + builder.half(2) + builder.half(4) + builder.word(0) + builder.word(0)
    builder.bytes += builder.word(65_535) + builder.word(linkType)
    return builder
  }

  static func pcapng(bigEndian: Bool = false) -> Self {
    var builder = Self()
    builder.isBigEndian = bigEndian
    builder.section()
    return builder
  }

  func word(_ value: UInt32) -> [UInt8] {
    let little = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isBigEndian ? little.reversed() : little
  }

  func half(_ value: UInt16) -> [UInt8] {
    isBigEndian ? [UInt8(value >> 8), UInt8(value & 0xff)] : [UInt8(value & 0xff), UInt8(value >> 8)]
  }

  mutating func record(seconds: UInt32, fraction: UInt32 = 0, _ packet: [UInt8], original: Int? = nil) {
    bytes +=
      word(seconds) + word(fraction) + word(UInt32(packet.count)) + word(UInt32(original ?? packet.count)) + packet
  }

  mutating func block(_ type: UInt32, _ body: [UInt8]) {
    let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    let length = word(UInt32(padded.count + 12))
    bytes += word(type) + length + padded + length
  }

  mutating func section() {
    block(0x0a0d_0d0a, word(0x1a2b_3c4d) + half(1) + half(0) + [UInt8](repeating: 0xff, count: 8))
  }

  mutating func interface(linkType: UInt16, resolution: UInt8? = nil, snapshotLength: UInt32 = 0) {
    var body = half(linkType) + half(0) + word(snapshotLength)
    if let resolution { body += half(9) + half(1) + [resolution, 0, 0, 0] + half(0) + half(0) }
    block(1, body)
  }

  mutating func enhanced(interface: UInt32 = 0, ticks: UInt64, _ packet: [UInt8]) {
    let times = word(UInt32(ticks >> 32)) + word(UInt32(truncatingIfNeeded: ticks))
    block(6, word(interface) + times + word(UInt32(packet.count)) + word(UInt32(packet.count)) + packet)
  }
}

/// Frames for the tests: real headers, checksums left at zero since nothing here trusts them.
enum Frame {
  struct Host {
    var address: [UInt8]
    var port: UInt16
  }

  static let client = Host(address: [192, 0, 2, 1], port: 40_000)
  static let server = Host(address: [192, 0, 2, 2], port: 443)

  static func ethernet(_ payload: [UInt8], type: UInt16 = 0x0800, tags: [(UInt16, UInt16)] = []) -> [UInt8] {
    var frame: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
    for (type, id) in tags { frame += big(type) + big(id) }
    return frame + big(type) + payload
  }

  static func ipv4(
    _ proto: UInt8, _ from: Host, _ to: Host, _ transport: [UInt8], fragment: UInt16 = 0, totalLength: Int? = nil
  ) -> [UInt8] {
    let total = UInt16(totalLength ?? transport.count + 20)
    return [0x45, 0] + big(total) + [0, 7] + big(fragment) + [64, proto, 0, 0] + from.address + to.address + transport
  }

  static func tcp(_ from: Host, _ to: Host, flags: UInt8, payload: [UInt8] = []) -> [UInt8] {
    // A SYN takes up a sequence number of its own.
    let sequence: UInt8 = flags & 2 != 0 ? 0 : 1
    let segment =
      big(from.port) + big(to.port) + [0, 0, 0, sequence, 0, 0, 0, 1, 0x50, flags, 1, 0, 0, 0, 0, 0] + payload
    return ipv4(6, from, to, segment)
  }

  static func udp(_ from: Host, _ to: Host, payload: [UInt8] = [1, 2, 3]) -> [UInt8] {
    ipv4(17, from, to, big(from.port) + big(to.port) + big(UInt16(payload.count + 8)) + [0, 0] + payload)
  }

  static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
}

/// What a tracker makes of a capture, fed in chunks.
struct Tracked {
  var flows: [ObservedFlow] = []
  var tracker: CaptureTracker
  var problems: [Problem]

  init(
    _ bytes: [UInt8], policy: FlowPolicy.Name = .flowcase, plan: KeepPlan = KeepPlan(packets: 10, bytesPerPacket: 1500),
    limits: FlowTableLimits = FlowTableLimits(), chunk: Int = 1 << 20, filter: PacketFilter? = nil
  ) {
    tracker = CaptureTracker(policy: FlowPolicy(policy), plan: plan, limits: limits, filter: filter)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      tracker.append(Array(bytes[start..<min(start + chunk, bytes.count)]))
      flows += tracker.takeFinished()
    }
    tracker.finish()
    flows += tracker.takeFinished()
    while case let rest = tracker.takeRemaining(3), !rest.isEmpty { flows += rest }
    problems = tracker.problems
  }
}
