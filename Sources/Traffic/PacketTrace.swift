import Records

/// What one packet tells of the hosts of a recording.
struct PacketTrace: Sendable {
  /// Hardware addresses; 0 where the link layer has none.
  var sourceMAC: UInt64 = 0, destinationMAC: UInt64 = 0
  /// Addresses of the innermost IP header; `nil` for a frame without IP.
  var ends: (source: IPAddress, destination: IPAddress)?
  var tcp: TCPStep?

  /// Place of a TCP segment in its direction of a connection.
  struct TCPStep: Sendable {
    var sourcePort: UInt16, destinationPort: UInt16
    var sequence: UInt32
    /// The sequence number that follows it.
    var next: UInt32
    var flags: TCPFlags
  }

  /// - Parameter bytes: the captured frame.
  init(_ bytes: RawSpan, _ linkType: LinkType, _ outcome: DecodeOutcome) {
    if linkType == .ethernet, bytes.byteCount >= 14 {
      destinationMAC = bytes.uint64(0) >> 16
      sourceMAC = bytes.uint64(6) >> 16
    } else if linkType == .linuxCooked, bytes.byteCount >= 16, bytes.uint16(4) == 6 {
      sourceMAC = bytes.uint64(6) >> 16
    }
    switch outcome {
    case .ip(let packet):
      ends = (packet.source, packet.destination)
      let start = packet.ipStart + packet.transportOffset
      guard packet.proto == .tcp, packet.capturedLength >= packet.transportOffset + 14 else { return }
      let sequence = bytes.uint32(start + 4)
      let opensOrCloses = packet.flags.contains(.syn) || packet.flags.contains(.fin)
      let length = UInt32(truncatingIfNeeded: packet.payloadLength) &+ (opensOrCloses ? 1 : 0)
      tcp = TCPStep(
        sourcePort: packet.sourcePort, destinationPort: packet.destinationPort, sequence: sequence,
        next: sequence &+ length, flags: packet.flags)
    case .fragment(let packet): ends = (packet.source, packet.destination)
    case .notIP, .undecodable: break
    }
  }
}

/// The last packets of a recording, whatever came before them.
struct PacketTraceRing {
  private static let capacity = 512
  private var traces: [PacketTrace] = []
  private var oldest = 0

  mutating func add(_ trace: PacketTrace) {
    if traces.count < Self.capacity { return traces.append(trace) }
    traces[oldest] = trace
    oldest = (oldest + 1) % Self.capacity
  }

  var hosts: RecordedHosts { RecordedHosts(traces[oldest...] + traces[..<oldest]) }
}
