import Records

/// What may stand in a stream, and in which order it is asked for.
extension Conversation {
  private enum Step {
    case needsMore
    /// So many bytes are done with, and something else begins behind them.
    case passed(Int)
    case read
    /// Nothing that is known, unless the other end explains it.
    case waiting
    case unknown
  }

  /// Whether a payload may be the beginning of something that is read here. A look at a few bytes: what it lets through
  /// costs an allocation, what it holds back is never looked at again.
  static func mayBegin(_ payload: RawSpan) -> Bool {
    guard payload.byteCount > 0 else { return false }
    switch payload.uint8(0) {
    case 0x20...0x7e, 0x0d, 22, 4, 5: return true
    case 3: return payload.byteCount < 6 || payload.uint8(1) == 0 && payload.uint8(5) & 0xf0 >= 0xd0
    // MySQL's greeting: the server speaks first, and the client answers with its request for TLS.
    case _ where payload.byteCount > 5 && payload.uint8(3) == 0 && payload.uint8(4) == 10: return true
    default:
      // Of name service, the length of a message and no more may have come; of PostgreSQL, a length of eight.
      guard payload.byteCount >= 8 else { return payload.uint8(0) < 8 }
      let flags = payload.uint16(4), questions = payload.uint16(6)
      return payload.uint16(0) >= 12 && flags & 0x7840 <= 0x3000 && flags & 0x0040 == 0 && questions <= 8
        || payload.uint32(0) == 8
    }
  }

  /// Goes through what is there of an end's stream.
  func parse(isLower: Bool) {
    var stream = isLower ? lower : upper
    let other = isLower ? upper : lower
    defer { if isLower { lower = stream } else { upper = stream } }
    while !stream.isOver, !stream.rest.isEmpty {
      switch step(&stream, other, isLower: isLower) {
      case .needsMore:
        if stream.bytes.isFull { stream.end(.unknown) }
        return
      case .waiting:
        if stream.mayBeginWithKeepAlive, stream.offset == 0 {
          stream.offset = 1
          continue
        }
        // The other end has nothing to say on it any more.
        let isExplained = other.isOver && !other.hasOpening
        if isExplained || stream.bytes.isFull { return stream.end(.unknown) }
        stream.state = .waiting
        return
      case .passed(let count):
        stream.offset += count
        stream.state = .open
      case .read: stream.end(.read)
      case .unknown: stream.end(.unknown)
      }
      if stream.messages > 0, stream.offset > Self.streamLimit / 4 {
        stream.bytes.removeFirst(stream.offset)
        stream.removed += stream.offset
        stream.offset = 0
      }
    }
  }

  private func step(_ stream: inout Stream, _ other: Stream, isLower: Bool) -> Step {
    let bytes = stream.rest
    if stream.messages > 0 { return name(&stream, isLower: isLower) }
    if stream.mayBeginWithKeepAlive, stream.offset == 0, bytes.dropFirst().starts(with: [22, 3]) { return .passed(1) }
    if stream.state == .waiting || other.hasOpening, let step = answer(bytes, other, isLower: isLower) { return step }
    if bytes.first == 22, bytes.count < 2 || bytes.dropFirst().first == 3 { return hello(bytes, isLower: isLower) }
    switch StreamOpening.read(bytes) {
    case .opening(_, let length, let target):
      findings.proxyTarget = target ?? findings.proxyTarget
      findings.setClient(isLower: isLower)
      stream.hasOpening = true
      return .passed(length)
    case .needsMore: return .needsMore
    case .isNone: break
    }
    if let first = bytes.first, (0x20...0x7e).contains(first) || first == 0x0d || first == 0x0a {
      return text(&stream, other, isLower: isLower)
    }
    return name(&stream, isLower: isLower)
  }

  // MARK: TLS

  private func hello(_ bytes: ArraySlice<UInt8>, isLower: Bool) -> Step {
    switch TLSHandshake.first(inRecords: Array(bytes)) {
    case .needsMore: return .needsMore
    case .message(TLSHandshake.clientHello, let body):
      guard let hello = ClientHello(body, carrier: .tcp) else { return .unknown }
      take(hello, isLower: isLower)
    case .message(TLSHandshake.serverHello, let body):
      findings.set(.ssl)
      findings.setClient(isLower: !isLower)
      let chosen = TLSHandshake.chosenVersion(serverHello: body).flatMap(ClientHello.versionName)
      findings.metadata.tlsVersion = chosen ?? findings.metadata.tlsVersion
    case .message, .isNone: return .unknown
    }
    return .read
  }

  private func take(_ hello: ClientHello, isLower: Bool) { findings.take(hello, isLower: isLower) }

  /// What a server says behind words that are not read here: where it begins is told by what the client said.
  private func answer(_ bytes: ArraySlice<UInt8>, _ other: Stream, isLower: Bool) -> Step? {
    guard other.hasOpening, other.state == .read else { return nil }
    if findings.metadata.ja3 != nil, let start = TLSUpgrade.answer(in: bytes) {
      return start > bytes.startIndex ? .passed(start - bytes.startIndex) : nil
    }
    if findings.service == .ssh {
      let mark = Array("SSH-".utf8)
      let start = bytes.indices.first { bytes[$0...].starts(with: mark) }
      return start.flatMap { $0 > bytes.startIndex ? .passed($0 - bytes.startIndex) : nil }
    }
    return nil
  }

  // MARK: Text

  private func text(_ stream: inout Stream, _ other: Stream, isLower: Bool) -> Step {
    let bytes = stream.rest
    if HTTPRequest.isResponse(bytes) {
      findings.set(.http)
      findings.setClient(isLower: !isLower)
      return .waiting
    }
    let isBanner = bytes.starts(with: "SSH-".utf8)
    // Lines before the banner are believed where the other end speaks SSH.
    if isBanner || findings.service == .ssh, let banner = SSHBanner.find(bytes) {
      set(banner: banner, isLower: isLower)
      return .read
    }
    if isBanner { return .needsMore }
    if let (request, isWhole) = HTTP2Request.parse(bytes) {
      note(request.authority, request.userAgent, isLower: isLower)
      return isWhole ? .read : .needsMore
    }
    switch HTTPRequest.read(bytes) {
    case .request(let request):
      note(request.isConnect ? nil : request.host, request.userAgent, isLower: isLower)
      guard let length = request.length else { return .needsMore }
      guard request.isConnect else { return .read }
      findings.proxyTarget = request.host
      stream.hasOpening = true
      return .passed(length)
    // A line that has not ended may be one of a protocol without lines.
    case .needsMore, .isNone: break
    }
    if let start = TLSUpgrade.hello(in: bytes) {
      stream.hasOpening = true
      findings.setClient(isLower: isLower)
      return .passed(start - bytes.startIndex)
    }
    // Words, behind which a request for TLS may come, or the answer to one.
    return other.isOver && !other.hasOpening ? .unknown : .needsMore
  }

  private func note(_ host: ServerName?, _ userAgent: String?, isLower: Bool) {
    findings.set(.http)
    findings.setClient(isLower: isLower)
    findings.replace(host)
    findings.metadata.httpUserAgent = userAgent ?? findings.metadata.httpUserAgent
  }

  private func set(banner: String, isLower: Bool) {
    findings.set(.ssh)
    if isLower { findings.lowerBanner = banner } else { findings.upperBanner = banner }
  }

  // MARK: Name service

  /// A message of DNS over TCP (RFC 7766): its length in two bytes, and itself. Others follow it.
  private func name(_ stream: inout Stream, isLower: Bool) -> Step {
    let bytes = stream.rest
    switch DNSStream.next(in: bytes, at: 0) {
    case .needsMore:
      guard stream.bytes.isFull, let message = DNSStream.beginning(of: bytes) else { return .needsMore }
      take(message, .dns, isFromLower: isLower)
      return .read
    case .message(let message, let end):
      take(message, .dns, isFromLower: isLower)
      stream.messages += 1
      return .passed(end)
    case .isNone: return notName(stream.messages == 0)
    }
  }

  /// What stands where a message was expected; behind others it is told.
  private func notName(_ isFirst: Bool) -> Step {
    if isFirst { return .waiting }
    findings.setMixed()
    return .unknown
  }

  func take(_ message: DNSMessage, _ service: Service, isFromLower: Bool) {
    findings.set(service)
    if let question = message.question, question != lastQuestion {
      lastQuestion = question
      findings.add(ServerName(domain: question))
    }
    if service != .mdns { findings.setClient(isLower: message.isResponse != isFromLower) }
    if message.isResponse, !message.addresses.isEmpty { answers.append((message, isFromLower)) }
  }

  // MARK: Ends

  /// Reads what has no end, once the flow has ended.
  func readEnd(_ stream: Stream, _ other: Stream, isLower: Bool) {
    let bytes = stream.rest
    if bytes.starts(with: "SSH-".utf8) || findings.service == .ssh || other.start == nil,
      let banner = SSHBanner.find(bytes, isEnd: true)
    {
      set(banner: banner, isLower: isLower)
    } else if bytes.first == 22, findings.metadata.ja3 == nil,
      let hello = TLSHandshake.beginningOfClientHello(inRecords: Array(bytes))
    {
      findings.take(beginning: hello, .ssl, isLower: isLower)
    } else if let message = DNSStream.beginning(of: bytes) {
      take(message, .dns, isFromLower: isLower)
    }
  }
}
