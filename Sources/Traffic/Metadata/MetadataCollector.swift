import Records

/// Reads what the two ends of a flow say first: hellos, requests, banners. Lives from the first packet that may begin such a thing
/// until it is read or ruled out, so that most flows never have one.
final class MetadataCollector {
  /// Bytes put together of each end's stream.
  private static let streamLimit = 16_384
  /// Packets looked at before the rest is given up.
  private static let packetLimit = 40

  private struct Stream {
    /// Sequence number of the first byte.
    var start: UInt32?
    var bytes = OverlappingBytes(limit: MetadataCollector.streamLimit)
    var isFinished = false
    var banner: String?
  }

  /// What was found, but for the banners.
  private(set) var found = FlowMetadata()
  private(set) var serverName: String?
  private var lower = Stream(), upper = Stream()
  private var quic: QUICInitial?
  private var packets = 0
  private(set) var isDone = false

  /// Banners of the two ends of the flow's key.
  var lowerBanner: String? { lower.banner }
  var upperBanner: String? { upper.banner }

  // MARK: Datagrams

  /// Reads a datagram of a flow that `QUICInitial.mayBegin` held for QUIC.
  func read(quic datagram: [UInt8]) {
    var reading = quic ?? QUICInitial()
    if let hello = reading.read(datagram) { take(hello) }
    quic = reading
    packets += 1
    isDone = isDone || reading.isDone || packets > Self.packetLimit
  }

  func take(_ hello: ClientHello) {
    serverName = hello.serverName ?? serverName
    found.tlsVersion = ClientHello.versionName(hello.highestVersion)
    found.alpn = WireText.printable(Array(hello.protocols.joined(separator: [0x2c]))[...])
    found.ja3 = hello.ja3
    found.ja4 = hello.ja4
    isDone = hello.carrier != .tcp
  }

  // MARK: Streams

  /// Whether a payload may be the beginning of something that is read here.
  static func mayBegin(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= 4 else { return false }
    if payload.uint8(0) == 22, payload.uint8(1) == 3 { return true }
    return payload.uint32(0) == 0x5353_482d || HTTPRequest.mayBegin(payload)
  }

  /// Reads a segment.
  ///
  /// - Parameters:
  ///   - sequence: number of its first byte.
  ///   - start: number of the stream's first byte, where its SYN was seen.
  func read(segment: [UInt8], sequence: UInt32, start: UInt32?, isFromLower: Bool) {
    packets += 1
    var stream = isFromLower ? lower : upper
    let base = stream.start ?? start ?? sequence
    stream.start = base
    let offset = Int(Int32(bitPattern: sequence &- base))
    stream.bytes.insert(segment.dropFirst(max(0, -offset)), at: max(0, offset))
    if !stream.isFinished { parse(&stream) }
    if isFromLower { lower = stream } else { upper = stream }
    isDone = isDone || lower.isFinished && upper.isFinished || packets > Self.packetLimit
  }

  private func parse(_ stream: inout Stream) {
    let bytes = stream.bytes.prefix
    guard bytes.count >= 4 else { return }
    if stream.bytes.isFull { stream.isFinished = true }
    let isHTTP = unsafe HTTPRequest.mayBegin(bytes.span.bytes)
    if bytes[0] == 22, bytes[1] == 3 {
      parseTLS(bytes, &stream)
    } else if bytes.starts(with: Array("SSH-".utf8)) {
      stream.banner = SSHBanner.parse(bytes)
      if stream.banner != nil { stream.isFinished = true }
    } else if isHTTP {
      let (request, isWhole) = HTTPRequest.parse(bytes)
      serverName = request.host ?? serverName
      found.httpUserAgent = request.userAgent
      isDone = isWhole
    } else {
      stream.isFinished = true
    }
  }

  private func parseTLS(_ bytes: [UInt8], _ stream: inout Stream) {
    switch TLSHandshake.first(inRecords: bytes) {
    case .needsMore: return
    case .message(TLSHandshake.clientHello, let body):
      if let hello = ClientHello(body, carrier: .tcp) {
        let chosen = found.tlsVersion
        take(hello)
        found.tlsVersion = chosen ?? found.tlsVersion
      }
    case .message(TLSHandshake.serverHello, let body):
      let chosen = TLSHandshake.chosenVersion(serverHello: body).flatMap(ClientHello.versionName)
      found.tlsVersion = chosen ?? found.tlsVersion
    case .message, .isNone: break
    }
    stream.isFinished = true
  }
}
