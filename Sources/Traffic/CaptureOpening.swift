package import Records

/// The first packets of a capture: when it begins, and who is heard.
package struct CaptureOpening {
  private static let packetLimit = 128

  private var reader = CaptureReader()
  private var decoder = PacketDecoder()
  private var times = TimeBelief()
  private var packets = 0
  /// The first believed time: see `TimeBelief`.
  package private(set) var firstPacket: CaptureTime?
  /// Link types of the interfaces described before the first packet.
  package private(set) var linkTypes: Set<LinkType> = []
  package private(set) var hosts = RecordedHosts()

  package init() {}

  /// Whether the packets of the chunks so far are enough.
  package var isEnough: Bool { firstPacket != nil }

  /// Reads the next chunk, or as much of it as is looked at.
  package mutating func append(_ chunk: [UInt8]) {
    reader.append(chunk)
    read()
  }

  /// Reads what is left where the capture has ended.
  package mutating func finish() {
    reader.endOfStream()
    read()
    if firstPacket == nil { firstPacket = times.finish().first?.packet.time }
  }

  private mutating func read() {
    let buffer = reader.buffer
    let bytes = unsafe buffer.span.bytes
    while packets < Self.packetLimit {
      switch reader.next(bytes) {
      case .packet(let packet): add(packet, bytes.extracting(packet.start..<packet.start + packet.capturedLength))
      case .skipped, .damage: continue
      case .needsMore: return
      }
    }
  }

  private mutating func add(_ packet: CapturedPacket, _ bytes: RawSpan) {
    packets += 1
    if packets == 1 { linkTypes = Set(reader.linkTypes) }
    let outcome = decoder.decode(bytes, packet.linkType, originalLength: packet.originalLength)
    hosts.add(PacketTrace(bytes, packet.linkType, outcome))
    guard firstPacket == nil else { return }
    let waiting = TimeBelief.Waiting(
      packet: packet, bytes: [], position: PacketPosition(number: packets, streamOffset: packet.streamOffset))
    firstPacket = times.wait(waiting).first?.packet.time
  }
}
