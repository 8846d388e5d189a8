import Records

/// A flow while it is open.
struct FlowState {
  var key: FlowKey
  private(set) var originator: FlowOriginator
  /// Whether the lower end of the key sent the packet that stands first in the capture.
  private let firstIsLower: Bool
  var record: FlowRecord
  private var history = FlowHistory()
  /// What the lower and the upper end of the key sent; untouched where the flow is not TCP.
  private var streams = InlineArray<2, TCPStream>(repeating: TCPStream())
  /// Whether a new connection on the same tuple has begun.
  var isSuperseded = false
  private var kept: [KeptPacket] = []
  private var keptBytes: [UInt8] = []
  private let vlan: VLANStack
  private var metadata = FlowMetadataState()
  /// One element where the plan wants them: a flow without them costs the eight bytes of an empty array.
  private var times: [FlowTimeStatistics] = []
  /// Every packet, where the plan wants this flow cut out. Not counted in the table's bound: it is for few flows.
  private var numbers: [PacketNumber]?
  private var endNames: EndNames?
  /// From when to when the packets state to be, where no time of them is believed.
  private var statedSpan: StatedSpan?

  /// Apart from the state, which most flows without them are open of at once.
  private final class EndNames {
    let lower: String?, upper: String?
    init(lower: String?, upper: String?) { (self.lower, self.upper) = (lower, upper) }
  }

  /// Bytes that the flow's kept packets take up, their descriptions included: what the table's bound counts.
  var keptByteCount: Int {
    keptBytes.count + kept.count * MemoryLayout<KeptPacket>.stride
      + times.count * MemoryLayout<FlowTimeStatistics>.stride
  }

  init(key: FlowKey, first packet: borrowing DecodedPacket, time: CaptureTime, position: PacketPosition) {
    self.key = key
    firstIsLower = FlowKey.isAscending(packet)
    originator = FlowOriginator(isLower: firstIsLower)
    record = FlowRecord(
      start: time, end: time, proto: packet.proto,
      originator: Endpoint(address: packet.source, port: packet.sourcePort),
      responder: Endpoint(address: packet.destination, port: packet.destinationPort), endReason: .endOfCapture,
      firstPacket: position, lastPacket: position)
    vlan = packet.encapsulation.vlan
    record.tunnel = packet.encapsulation.tunnelText
    record.vantage = packet.encapsulation.vantage
  }

  /// What an empty slot holds.
  static var vacant: FlowState {
    FlowState(
      key: FlowKey(.nothing, keysEncapsulation: false), first: .nothing, time: CaptureTime(nanoseconds: 0),
      position: PacketPosition(number: 0, streamOffset: 0))
  }

  /// Counts a packet and keeps its bytes where the plan wants more.
  ///
  /// - Returns: by how much `keptByteCount` grew.
  mutating func add(
    _ packet: borrowing DecodedPacket, _ ip: RawSpan, time: CaptureTime, position: PacketPosition, plan: KeepPlan
  ) -> Int {
    let isFromLower = FlowKey.isAscending(packet)
    let (evidence, isSender) = FlowOriginator.evidence(of: packet)
    if originator.weigh(evidence, isLower: isFromLower == isSender, isEarlier: time < record.start) { swapEnds() }
    let fromOriginator = isFromLower == originator.isLower
    record.start = min(record.start, time)
    record.end = max(record.end, time)
    // Fragments are added when their datagram is whole, so a packet may come after later ones.
    if position < record.firstPacket { record.firstPacket = position }
    if position > record.lastPacket { record.lastPacket = position }
    numbers?.append(PacketNumber(capture: position.capture, number: position.number))
    if fromOriginator {
      record.sent.packets += 1
      record.sent.ipBytes += packet.countedLength ?? packet.ipLength
    } else {
      record.answered.packets += 1
      record.answered.ipBytes += packet.countedLength ?? packet.ipLength
    }
    if packet.statedTime != nil || statedSpan != nil { note(stated: packet.statedTime) }
    let before = keptByteCount
    if plan.keepsTimes {
      if times.isEmpty { times.append(FlowTimeStatistics()) }
      times[0].add(time: time, fromOriginator: fromOriginator, ipBytes: packet.countedLength ?? packet.ipLength)
    }
    guard !packet.isCountedOnly else { return keptByteCount - before }
    noteEvents(packet, isFromLower: isFromLower)
    metadata.look(packet, ip, isFromLower: isFromLower)
    if originator.evidence < .content, let isLower = metadata.isClientLower,
      originator.weigh(.content, isLower: isLower, isEarlier: false)
    {
      swapEnds()
    }
    guard kept.count < plan.packets else { return keptByteCount - before }
    keep(packet, ip, time: time, fromOriginator: isFromLower == originator.isLower, plan: plan)
    return keptByteCount - before
  }

  /// Keeps the number of every packet, if the flow is one of those that are wanted.
  mutating func keepNumbers(of wanted: Set<FlowEnds>) {
    let ends = FlowEnds(record.originator, record.responder, proto: record.proto.description)
    if wanted.contains(ends) { numbers = [] }
  }

  /// - Parameter names: what the addresses of the key's ends were resolved from, joined by commas.
  mutating func nameEnds(lower: String?, upper: String?) {
    if lower != nil || upper != nil { endNames = EndNames(lower: lower, upper: upper) }
  }

  /// The name of the responder, which may have turned out to be the end that was seen first.
  private func name(_ record: inout FlowRecord, _ names: EndNames) {
    guard let found = originator.isLower ? names.upper : names.lower else { return }
    var metadata = FlowMetadata()
    metadata.resolvedNames = found
    record.metadata = metadata
  }

  /// Answers of name service in the flow's packets, which the caller has to take.
  var hasAnswers: Bool { metadata.hasAnswers }

  mutating func takeAnswers() -> [(message: DNSMessage, isFromLower: Bool)] { metadata.takeAnswers() }

  /// A flow of which no time is believed has the times that its packets state: there is nothing of its own to go by.
  private mutating func note(stated: CaptureTime?) {
    guard let stated else { return statedSpan = nil }
    if let span = statedSpan {
      statedSpan = StatedSpan(start: min(span.start, stated), end: max(span.end, stated))
    } else if record.sent.packets + record.answered.packets == 1 {
      statedSpan = StatedSpan(start: stated, end: stated)
    }
  }

  private final class StatedSpan {
    let start: CaptureTime, end: CaptureTime
    init(start: CaptureTime, end: CaptureTime) { (self.start, self.end) = (start, end) }
  }

  /// Turns round what is kept by end. What is kept by the ends of the key stays.
  private mutating func swapEnds() {
    (record.originator, record.responder) = (record.responder, record.originator)
    (record.sent, record.answered) = (record.answered, record.sent)
    history.swapEnds()
    for index in times.indices { times[index].swapEnds() }
    for index in kept.indices { kept[index].isFromOriginator.toggle() }
  }

  private mutating func noteEvents(_ packet: borrowing DecodedPacket, isFromLower: Bool) {
    let fromOriginator = isFromLower == originator.isLower
    let length = packet.payloadLength
    guard packet.isTCP else {
      if length > 0 { history.note(.init(.data), fromOriginator: fromOriginator) }
      return
    }
    let flags = packet.flags
    var events = FlowHistory.Events(flags, hasPayload: length > 0)
    guard !flags.isEmpty else { return history.note(events, fromOriginator: fromOriginator) }
    // A full window says nothing once the other end has nothing more to send.
    if packet.window == 0, !flags.contains(.rst), !history.hasFIN(fromOriginator: !fromOriginator),
      !history.hasRST(fromOriginator: fromOriginator)
    {
      events.insert(.init(.zeroWindow))
    }
    if !flags.control.isEmpty { history.note(flags, fromOriginator: fromOriginator) }
    let sender = isFromLower ? 0 : 1
    // A RST's own numbers, and payload in it, are no part of the stream.
    if !flags.contains(.rst),
      streams[sender].take(
        packet.sequence, length: length, isSYN: flags.contains(.syn), isFIN: flags.contains(.fin))
    {
      events.insert(.init(.retransmission))
    }
    history.note(events, fromOriginator: fromOriginator)
    guard flags.contains(.ack) else { return }
    streams[1 - sender].expect(packet.acknowledgment)
    if flags.isDisjoint(with: [.fin, .rst]), streams[1 - sender].isGap(before: packet.acknowledgment) {
      history.note(.init(.gap), fromOriginator: !fromOriginator)
    }
  }

  /// How TCP has ended the flow, if it has.
  var teardown: EndReason? { history.isReset ? .reset : history.isFinished ? .finished : nil }

  /// Whether a TCP packet is of this connection, by its sequence numbers; `nil` where they cannot tell.
  ///
  /// - Parameter tolerance: nanoseconds by which a SYN may have been captured behind what followed it.
  func owns(_ packet: borrowing DecodedPacket, at time: CaptureTime, tolerance: Int64) -> Bool? {
    let flags = packet.flags
    guard packet.isTCP, !flags.isEmpty else { return nil }
    let sender = FlowKey.isAscending(packet) ? 0 : 1
    let (own, other) = (streams[sender], streams[1 - sender])
    guard flags.contains(.syn) else {
      if own.isKnown, own.covers(packet.sequence) { return true }
      // A RST that answers a SYN has no number of its own.
      let isNumbered = !flags.contains(.rst) || packet.sequence != 0
      if own.isSeen, isNumbered { return false }
      return flags.contains(.ack) && other.isSeen ? other.covers(packet.acknowledgment) : own.isKnown ? false : nil
    }
    if flags.contains(.ack), other.hasSYN, other.isAcknowledged(by: packet.acknowledgment) { return true }
    if own.hasSYN { return packet.sequence == own.initial }
    if own.isKnown {
      return own.beginsBelow(packet.sequence)
        && time.nanoseconds <= CaptureClock.sum(record.start.nanoseconds, tolerance)
    }
    // The other end alone was heard: this is its answer or a simultaneous open, unless all was over.
    return teardown == nil || time < record.start
  }

  private mutating func keep(
    _ packet: borrowing DecodedPacket, _ ip: RawSpan, time: CaptureTime, fromOriginator: Bool, plan: KeepPlan
  ) {
    let count = max(0, min(packet.capturedLength, plan.bytesPerPacket))
    let start = keptBytes.count
    // Exactly: arrays that grow ahead would double what a hundred thousand open flows take up.
    keptBytes.reserveCapacity(start + count)
    if kept.count == kept.capacity { kept.reserveCapacity(min(plan.packets, max(4, kept.count * 2))) }
    unsafe ip.extracting(0..<count).withUnsafeBytes { unsafe keptBytes.append(contentsOf: $0) }
    kept.append(
      KeptPacket(
        time: time, isFromOriginator: fromOriginator, ipLength: packet.ipLength, byteRange: start..<start + count,
        transportOffset: packet.transportOffset, payloadOffset: packet.payloadOffset))
  }

  /// The finished flow.
  consuming func finish(_ reason: EndReason) -> ObservedFlow {
    var record = record, metadata = metadata
    if let names = endNames { name(&record, names) }
    metadata.finish(&record, isLowerOriginator: originator.isLower)
    if let statedSpan { (record.start, record.end) = (statedSpan.start, statedSpan.end) }
    record.endReason = reason
    record.vlan = vlan.text
    record.history = history.text(isTurned: firstIsLower != originator.isLower)
    record.connState =
      switch record.proto {
      case .tcp: history.tcpState
      case .udp, .sctp: record.answered.packets == 0 ? "S0" : record.sent.packets == 0 ? "SHR" : "SF"
      default: "OTH"
      }
    record.communityID = CommunityID.text(record)
    var flow = ObservedFlow(
      record: record, packets: kept, bytes: keptBytes, timeFeatures: times.first?.features ?? [])
    flow.packetNumbers = numbers ?? []
    return flow
  }
}
