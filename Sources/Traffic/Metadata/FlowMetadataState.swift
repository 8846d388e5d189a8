import Records

/// What a flow says of itself, while it is open. Costs a packet without anything to read a few comparisons.
struct FlowMetadataState {
  private var collector: MetadataCollector?
  /// The beginning has been read or ruled out.
  private var isSettled = false
  /// Packets behind the beginning that are still looked at for a hello: STARTTLS, proxies and STUN put one there.
  private var lateLooks: UInt8 = 100
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
    guard !isSettled || lateLooks > 0, packet.fragment == nil else { return }
    let payload = packet.payloadOffset..<max(packet.payloadOffset, min(packet.capturedLength, ip.byteCount))
    if isSettled {
      guard payload.count > 13 else { return }
      lateLooks -= 1
      guard Self.isHello(ip, at: payload.lowerBound, packet.proto) else { return }
      (lowerStart, upperStart) = (nil, nil)
      isSettled = false
    }
    switch packet.proto {
    case .tcp: segment(packet, ip, payload, isFromLower: isFromLower, &record)
    case .udp where !payload.isEmpty: datagram(packet, ip.extracting(payload), &record)
    default: return
    }
    if collector?.isDone == true { settle(&record) }
  }

  /// Whether a payload of more than 13 bytes begins with a Client Hello's record.
  private static func isHello(_ ip: RawSpan, at start: Int, _ proto: IPProtocol) -> Bool {
    guard ip.uint8(start) == 22 else { return false }
    return proto == .tcp
      ? ip.uint8(start + 1) == 3 && ip.uint8(start + 5) == 1
      : isDatagramTLS(ip.uint16(start + 1)) && ip.uint8(start + 13) == 1
  }

  /// Versions in DTLS records; OpenSSL once had its own.
  private static func isDatagramTLS(_ version: UInt16) -> Bool { version >> 8 == 0xfe || version == 0x0100 }

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
    let isDTLS = payload.byteCount > 25 && payload.uint8(0) == 22 && Self.isDatagramTLS(payload.uint16(1))
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
    var metadata = record.metadata ?? FlowMetadata()
    let found = collector.found
    metadata.tlsVersion = found.tlsVersion ?? metadata.tlsVersion
    metadata.alpn = found.alpn ?? metadata.alpn
    metadata.ja3 = found.ja3 ?? metadata.ja3
    metadata.ja4 = found.ja4 ?? metadata.ja4
    metadata.httpUserAgent = found.httpUserAgent ?? metadata.httpUserAgent
    if metadata.ja3 != nil { lateLooks = 0 }
    let isLowerOriginator = record.originator < record.responder
    let (ours, theirs) =
      isLowerOriginator
      ? (collector.lowerBanner, collector.upperBanner) : (collector.upperBanner, collector.lowerBanner)
    metadata.sshClient = ours ?? metadata.sshClient
    metadata.sshServer = theirs ?? metadata.sshServer
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
