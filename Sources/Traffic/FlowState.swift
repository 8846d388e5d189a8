import Records

/// A flow while it is open.
struct FlowState {
  var key: FlowKey
  /// Whether the originator is the lower end of the key.
  var originatorIsLower: Bool
  var record: FlowRecord
  var history = FlowHistory()
  private var kept: [KeptPacket] = []
  private var keptBytes: [UInt8] = []
  private let vlan: VLANStack
  private var metadata = FlowMetadataState()
  /// One element where the plan wants them: a flow without them costs the eight bytes of an empty array.
  private var times: [FlowTimeStatistics] = []
  /// Every packet, where the plan wants this flow cut out. Not counted in the table's bound: it is for few flows.
  private var numbers: [PacketNumber]?
  private var endNames: EndNames?

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
    originatorIsLower = FlowKey.isAscending(packet)
    record = FlowRecord(
      start: time, end: time, proto: packet.proto,
      originator: Endpoint(address: packet.source, port: packet.sourcePort),
      responder: Endpoint(address: packet.destination, port: packet.destinationPort), endReason: .endOfCapture,
      firstPacket: position, lastPacket: position)
    vlan = packet.encapsulation.vlan
    record.tunnel = packet.encapsulation.tunnelText
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
    if isFromLower != originatorIsLower, showsOtherOriginator(packet, at: time) { swapEnds() }
    let fromOriginator = isFromLower == originatorIsLower
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
    let before = keptByteCount
    if plan.keepsTimes {
      if times.isEmpty { times.append(FlowTimeStatistics()) }
      times[0].add(time: time, fromOriginator: fromOriginator, ipBytes: packet.countedLength ?? packet.ipLength)
    }
    guard !packet.isCountedOnly else { return keptByteCount - before }
    noteEvents(packet, fromOriginator: fromOriginator, at: time)
    metadata.look(packet, ip, isFromLower: isFromLower)
    guard kept.count < plan.packets else { return keptByteCount - before }
    keep(packet, ip, time: time, fromOriginator: fromOriginator, plan: plan)
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
    guard let found = originatorIsLower ? names.upper : names.lower else { return }
    var metadata = FlowMetadata()
    metadata.resolvedNames = found
    record.metadata = metadata
  }

  /// Answers of name service in the flow's packets, which the caller has to take.
  var hasAnswers: Bool { metadata.hasAnswers }

  mutating func takeAnswers() -> [(message: DNSMessage, isFromLower: Bool)] { metadata.takeAnswers() }

  /// Whether a packet from the responder shows that it is the originator: it was sent before everything seen so far, or
  /// it opens the connection to which the other end has only answered.
  private func showsOtherOriginator(_ packet: borrowing DecodedPacket, at time: CaptureTime) -> Bool {
    if time < record.start { return true }
    let opens = packet.proto == .tcp && packet.flags.contains(.syn) && !packet.flags.contains(.ack)
    return opens && !packet.isCountedOnly && history.has(.synAck, fromOriginator: true)
      && !history.has(.syn, fromOriginator: true) && !history.has(.syn, fromOriginator: false)
  }

  private mutating func swapEnds() {
    originatorIsLower.toggle()
    (record.originator, record.responder) = (record.responder, record.originator)
    (record.sent, record.answered) = (record.answered, record.sent)
    history.swapEnds()
    for index in times.indices { times[index].swapEnds() }
    for index in kept.indices { kept[index].isFromOriginator.toggle() }
  }

  private mutating func noteEvents(_ packet: borrowing DecodedPacket, fromOriginator: Bool, at time: CaptureTime) {
    let flags = packet.flags
    let payloadLength = packet.payloadLength
    if packet.proto == .tcp {
      if flags.contains(.syn) { history.note(flags.contains(.ack) ? .synAck : .syn, fromOriginator: fromOriginator) }
      if flags == .ack && payloadLength == 0 { history.note(.ack, fromOriginator: fromOriginator) }
      if payloadLength > 0 && !flags.contains(.syn) { history.note(.data, fromOriginator: fromOriginator) }
      if flags.contains(.fin) { history.note(.fin, fromOriginator: fromOriginator) }
      if flags.contains(.rst) { history.note(.rst, fromOriginator: fromOriginator) }
    } else if payloadLength > 0 {
      history.note(.data, fromOriginator: fromOriginator)
    }
  }

  /// How TCP has ended the flow, if it has.
  var teardown: EndReason? {
    if history.has(.rst, fromOriginator: true) || history.has(.rst, fromOriginator: false) { return .reset }
    if history.has(.fin, fromOriginator: true) && history.has(.fin, fromOriginator: false) { return .finished }
    return nil
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
    metadata.finish(&record, isLowerOriginator: originatorIsLower)
    record.endReason = reason
    record.vlan = vlan.text
    record.history = history.text
    record.connState =
      switch record.proto {
      case .tcp: history.tcpState
      case .udp, .sctp: record.answered.packets > 0 ? "SF" : "S0"
      default: "OTH"
      }
    record.communityID = CommunityID.text(record)
    var flow = ObservedFlow(
      record: record, packets: kept, bytes: keptBytes, timeFeatures: times.first?.features ?? [])
    flow.packetNumbers = numbers ?? []
    return flow
  }
}
