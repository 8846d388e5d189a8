import Records

/// What a flow says of itself, while it is open. Costs a packet without anything to read a few comparisons.
struct FlowMetadataState {
  private var conversation: Conversation?
  /// Nothing more is read, but for handshakes that begin later.
  private var isSettled = false
  /// Which of the ends (1 the key's lower, 2 its upper) began with nothing that is read here.
  private var ruledOut: UInt8 = 0
  /// Packets behind the beginning that are still looked at for a hello: proxies and STUN put one there.
  private var lateLooks: UInt8 = 100
  /// First sequence numbers of the streams of the key's lower and upper end, where their SYN was seen.
  private var lowerStart: UInt32?, upperStart: UInt32?

  /// Whether the key's lower end is the client, as the content tells; `nil` where it tells nothing.
  var isClientLower: Bool? { conversation?.findings.isClientLower }

  /// Answers of name service that were read and not taken yet.
  var hasAnswers: Bool { conversation.map { !$0.answers.isEmpty } ?? false }

  mutating func takeAnswers() -> [(message: DNSMessage, isFromLower: Bool)] {
    defer { conversation?.answers = [] }
    return conversation?.answers ?? []
  }

  /// Looks at a packet of the flow.
  ///
  /// - Parameter ip: its captured bytes from the IP header on.
  mutating func look(_ packet: borrowing DecodedPacket, _ ip: RawSpan, isFromLower: Bool) {
    guard !isSettled || lateLooks > 0, packet.fragment == nil else { return }
    let payload = packet.payloadOffset..<max(packet.payloadOffset, min(packet.capturedLength, ip.byteCount))
    if packet.isTCP {
      segment(packet, ip, payload, isFromLower: isFromLower)
    } else if packet.proto == .udp, !payload.isEmpty {
      datagram(packet, ip.extracting(payload), isFromLower: isFromLower)
    }
  }

  private mutating func segment(
    _ packet: borrowing DecodedPacket, _ ip: RawSpan, _ payload: Range<Int>, isFromLower: Bool
  ) {
    guard ip.byteCount >= packet.transportOffset + 8 else { return }
    var sequence = ip.uint32(packet.transportOffset + 4)
    if packet.flags.contains(.syn) {
      // Data in a SYN begins the stream (RFC 9293 section 3.4, RFC 7413).
      sequence &+= 1
      if isFromLower { lowerStart = sequence } else { upperStart = sequence }
    }
    guard !payload.isEmpty else { return }
    let bytes = ip.extracting(payload)
    let end: UInt8 = isFromLower ? 1 : 2
    if isSettled || ruledOut & end != 0 {
      guard payload.count > 5, lateLooks > 0 else { return }
      lateLooks -= 1
      guard bytes.uint8(0) == 22, bytes.uint8(1) == 3, bytes.uint8(5) == UInt8(TLSHandshake.clientHello) else { return }
      (lowerStart, upperStart, ruledOut, isSettled) = (nil, nil, 0, false)
      conversation?.restart()
    }
    let start = isFromLower ? lowerStart : upperStart
    if conversation == nil, start == nil || start == sequence, !Conversation.mayBegin(bytes) {
      ruledOut |= end
      isSettled = ruledOut == 3
      return
    }
    let conversation = conversation ?? Conversation()
    self.conversation = conversation
    conversation.read(segment: Array(bytes)[...], sequence: sequence, start: start, isFromLower: isFromLower)
    settle(conversation)
  }

  private mutating func datagram(_ packet: borrowing DecodedPacket, _ payload: RawSpan, isFromLower: Bool) {
    if isSettled {
      lateLooks -= 1
      guard Conversation.mayBeginHandshake(payload) else { return }
      conversation?.isOver = false
    }
    let conversation = conversation ?? Conversation()
    self.conversation = conversation
    conversation.read(
      datagram: Array(payload)[...], isCut: packet.capturedLength < packet.ipLength, source: packet.sourcePort,
      destination: packet.destinationPort, isFromLower: isFromLower)
    settle(conversation)
  }

  private mutating func settle(_ conversation: Conversation) {
    isSettled = conversation.isOver
    if isSettled, conversation.findings.isEmpty { self.conversation = nil }
  }

  /// The flow has ended: what was found so far is what there is.
  func finish(_ record: inout FlowRecord, isLowerOriginator: Bool) {
    guard let conversation else { return }
    conversation.finish()
    conversation.findings.write(into: &record, isLowerOriginator: isLowerOriginator)
  }
}

extension Array<UInt8> {
  /// The bytes of a span.
  init(_ span: RawSpan) { self = unsafe span.withUnsafeBytes { unsafe Array($0) } }
}
