import Records

/// What a flow says of itself, while it is open. Costs a packet without anything to read a few comparisons.
struct FlowMetadataState {
  private var collector: MetadataCollector?
  /// Nothing more is looked for.
  private var isSettled = false
  /// First sequence numbers of the streams of the key's lower and upper end, where their SYN was seen.
  private var lowerStart: UInt32?, upperStart: UInt32?

  private enum Port {
    static let dns: UInt16 = 53, multicastDNS: UInt16 = 5353, linkLocalNames: UInt16 = 5355
  }

  /// Whether a port is one of name services that speak DNS.
  static func isNameService(_ port: UInt16) -> Bool {
    port == Port.dns || port == Port.multicastDNS || port == Port.linkLocalNames
  }

  /// Looks at a packet of the flow.
  ///
  /// - Parameter ip: its captured bytes from the IP header on.
  mutating func look(_ packet: borrowing DecodedPacket, _ ip: RawSpan, isFromLower: Bool, _ record: inout FlowRecord) {
    guard !isSettled, packet.fragment == nil else { return }
    let payload = packet.payloadOffset..<max(packet.payloadOffset, min(packet.capturedLength, ip.byteCount))
    switch packet.proto {
    case .tcp: segment(packet, ip, payload, isFromLower: isFromLower, &record)
    case .udp where !payload.isEmpty: datagram(packet, ip.extracting(payload), &record)
    default: return
    }
    if collector?.isDone == true { settle(&record) }
  }

  private mutating func segment(
    _ packet: borrowing DecodedPacket, _ ip: RawSpan, _ payload: Range<Int>, isFromLower: Bool,
    _ record: inout FlowRecord
  ) {
    guard ip.byteCount >= packet.transportOffset + 8 else { return }
    let sequence = ip.uint32(packet.transportOffset + 4)
    if packet.flags.contains(.syn) {
      if isFromLower { lowerStart = sequence &+ 1 } else { upperStart = sequence &+ 1 }
      return
    }
    guard !payload.isEmpty else { return }
    let start = isFromLower ? lowerStart : upperStart
    let bytes = ip.extracting(payload)
    let isInOrder = start == nil || start == sequence
    if collector == nil, isInOrder {
      let isName = Self.isNameService(packet.sourcePort) || Self.isNameService(packet.destinationPort)
      if isName { return question(Array(bytes).dropFirst(2), &record) }
      guard MetadataCollector.mayBegin(bytes) else {
        isSettled = true
        return
      }
    }
    let collector = collector ?? MetadataCollector()
    self.collector = collector
    collector.read(segment: Array(bytes), sequence: sequence, start: start, isFromLower: isFromLower)
  }

  private mutating func datagram(_ packet: borrowing DecodedPacket, _ payload: RawSpan, _ record: inout FlowRecord) {
    if Self.isNameService(packet.sourcePort) || Self.isNameService(packet.destinationPort) {
      return question(Array(payload)[...], &record)
    }
    let isDTLS = payload.byteCount > 25 && payload.uint8(0) == 22 && payload.uint8(1) == 0xfe
    if isDTLS, let hello = TLSHandshake.clientHello(inDatagram: Array(payload)) {
      collector = MetadataCollector()
      collector?.take(hello)
    } else if QUICInitial.mayBegin(payload) {
      // Only what the client sends can be opened here; the server's packets fail and are passed over.
      let collector = collector ?? MetadataCollector()
      self.collector = collector
      collector.read(quic: Array(payload))
    } else if collector == nil {
      isSettled = true
    }
  }

  private mutating func question(_ message: ArraySlice<UInt8>, _ record: inout FlowRecord) {
    isSettled = true
    record.serverName = DNSMessage(Array(message))?.question
  }

  private mutating func settle(_ record: inout FlowRecord) {
    isSettled = true
    defer { collector = nil }
    guard let collector else { return }
    record.serverName = collector.serverName ?? record.serverName
    var metadata = collector.found
    metadata.resolvedNames = record.metadata?.resolvedNames
    let isLowerOriginator = record.originator < record.responder
    metadata.sshClient = isLowerOriginator ? collector.lowerBanner : collector.upperBanner
    metadata.sshServer = isLowerOriginator ? collector.upperBanner : collector.lowerBanner
    record.metadata = metadata.isEmpty ? nil : metadata
  }

  /// The flow has ended: what was found so far is what there is.
  mutating func finish(_ record: inout FlowRecord) {
    if collector != nil { settle(&record) }
  }
}

extension Endpoint {
  /// The order of the ends in a flow key.
  fileprivate static func < (a: Endpoint, b: Endpoint) -> Bool {
    a.address == b.address ? a.port <= b.port : a.address < b.address
  }
}

extension Array<UInt8> {
  /// The bytes of a span.
  init(_ span: RawSpan) { self = unsafe span.withUnsafeBytes { unsafe Array($0) } }
}
