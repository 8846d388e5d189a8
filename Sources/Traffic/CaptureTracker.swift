package import Records

/// Cuts captures into flows as their bytes arrive, and keeps the account of each capture's packets.
///
/// Mostly there is one. The captures of one recording go through one tracker, one after the other: see `beginNext`.
package struct CaptureTracker {
  private var reader = CaptureReader()
  private var flows: FlowTable
  private var decoder = PacketDecoder()
  private var fragments = FragmentTable()
  private let filter: PacketFilter?
  /// The last packets, where another capture may go on with the recording.
  private var traces: PacketTraceRing?
  package private(set) var ledger = PacketLedger()
  private var times = TimeBelief()
  private var doubts = CaptureDoubts()
  /// Earliest and latest believed packet time: see `TimeBelief`.
  package var firstPacket: CaptureTime? { times.span?.first }
  package var lastPacket: CaptureTime? { times.span?.last }
  /// Times of the packets that stand first and last in the capture, whatever the others say.
  package private(set) var openingPacket: CaptureTime?, finalPacket: CaptureTime?
  /// What the positions of packets name the capture by.
  private var capture = 0
  private var evictedBefore = 0, overflowedBefore = 0
  /// Problems found since the caller last took them.
  package var problems: [Problem] = []
  /// What the capture has said beside its packets since the caller last took it.
  package var notes: [CaptureNote] = []
  private var damageCount = 0
  /// Bytes lost to damage beyond the rows a capture may have.
  private var unlistedBytes = 0
  private var undecodable: [Undecodable: (count: Int, first: PacketPosition)] = [:]
  private var unsupported: [LinkType: (count: Int, first: PacketPosition)] = [:]
  private var contradictory: (count: Int, first: PacketPosition)?

  /// Problem rows a capture may have for its damaged places; the rest are counted in one.
  private static let damageRows = 100

  package init(
    policy: FlowPolicy, plan: KeepPlan, limits: FlowTableLimits = FlowTableLimits(), filter: PacketFilter? = nil,
    capture: Int = 0, keepsTraces: Bool = false
  ) {
    if keepsTraces { traces = PacketTraceRing() }
    self.capture = capture
    flows = FlowTable(policy: policy, plan: plan, limits: limits)
    self.filter = filter
  }

  /// Flows that ended since the caller last took them, in the order in which they ended.
  package mutating func takeFinished() -> [ObservedFlow] {
    defer { flows.finished.removeAll(keepingCapacity: true) }
    return flows.finished
  }

  /// Who was heard last; nobody where no traces are kept.
  package var recordedHosts: RecordedHosts { traces?.hosts ?? RecordedHosts() }

  /// Bytes of headers and records read, and bytes that were skipped. At the end every byte is in one of the two.
  package var bytesRead: Int { reader.bytesRead }
  package var bytesLost: Int { reader.bytesLost }
  package var linkTypes: [LinkType] { reader.linkTypes }

  /// Reads the next chunk of the capture.
  package mutating func append(_ chunk: [UInt8]) {
    reader.append(chunk)
    readPackets()
  }

  private mutating func readPackets() {
    let buffer = reader.buffer
    let bytes = unsafe buffer.span.bytes
    defer { notes += reader.takeNotes() }
    while true {
      switch reader.next(bytes) {
      case .packet(let packet):
        add(packet, bytes.extracting(packet.start..<packet.start + packet.capturedLength))
      case .skipped: continue
      case .damage(let problem): note(problem)
      case .needsMore: return
      }
    }
  }

  /// Ends the capture: what is left of it is read and its problems are told. The flows still open are handed out by
  /// `takeRemaining`.
  package mutating func finish() {
    reader.endOfStream()
    readPackets()
    for packet in times.finish() { add(packet) }
    if let problem = reader.finish() { note(problem) }
    notes += reader.takeNotes()
    summarizeProblems()
  }

  /// Goes on with the next capture of the same recording, once `finish` has ended the one before. Flows stay open across
  /// it; the account, the times and the problems are the next capture's own.
  package mutating func beginNext(capture: Int) {
    self.capture = capture
    reader = CaptureReader()
    ledger = PacketLedger()
    (openingPacket, finalPacket) = (nil, nil)
    times.beginNext()
    doubts = CaptureDoubts()
    (damageCount, unlistedBytes) = (0, 0)
    undecodable.removeAll()
    unsupported.removeAll()
    contradictory = nil
    overflowedBefore = decoder.tunnels.overflowed
    evictedBefore = flows.evictedCount
  }

  /// Lets the flows end whose time runs out before `time`, when the next packet of the recording was seen.
  package mutating func passTime(to time: CaptureTime) {
    // Fragments join their flows before these are closed, as they do where no capture follows.
    fragments.releaseAll()
    addReadyDatagrams()
    flows.passTime(to: time)
  }

  /// Up to `count` of the flows that were open when the capture ended; empty when none are left. A few at a time, so that
  /// a full table is not copied whole.
  package mutating func takeRemaining(_ count: Int) -> [ObservedFlow] {
    fragments.releaseAll()
    addReadyDatagrams()
    flows.finish(count)
    return takeFinished()
  }

  private mutating func add(_ packet: CapturedPacket, _ bytes: RawSpan) {
    ledger.read += 1
    ledger.bytesRead += packet.capturedLength
    let position = PacketPosition(number: ledger.read, streamOffset: packet.streamOffset, capture: capture)
    if !packet.doubts.isEmpty { doubts.note(record: packet.doubts, position) }
    if times.takes(packet.time) { return add(packet, bytes, at: position) }
    let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    for decided in times.wait(TimeBelief.Waiting(packet: packet, bytes: copy, position: position)) { add(decided) }
  }

  /// Adds a packet that has waited for its time to be believed, or not.
  private mutating func add(_ waited: TimeBelief.Waiting) {
    if waited.isOutlier, !waited.packet.doubts.contains(.noTime) { doubts.note(.outlier, waited.position) }
    if waited.isJump { doubts.note(.jump, waited.position) }
    add(waited.packet, unsafe waited.bytes.span.bytes, at: waited.position, stated: waited.stated)
  }

  private mutating func add(
    _ packet: CapturedPacket, _ bytes: RawSpan, at position: PacketPosition, stated: CaptureTime? = nil
  ) {
    if openingPacket == nil { openingPacket = packet.time }
    finalPacket = packet.time
    if let filter, !filter.admits(bytes, packet.linkType, originalLength: packet.originalLength) {
      ledger.enter(.filtered, bytes: packet.capturedLength)
      if filter.overlooks(bytes, packet) { doubts.note(.hiddenFromFilter, position) }
      return
    }
    flows.advance(to: packet.time)
    if !fragments.isEmpty {
      fragments.expire(at: packet.time)
      addReadyDatagrams()
    }
    let outcome = decoder.decode(bytes, packet.linkType, originalLength: packet.originalLength)
    if traces != nil { traces?.add(PacketTrace(bytes, packet.linkType, outcome)) }
    switch outcome {
    case .ip(let decoded):
      ledger.enter(.inFlows, bytes: packet.capturedLength)
      if decoded.isLengthImplausible { doubts.note(.length, position) }
      let ip = bytes.extracting(decoded.ipStart..<bytes.byteCount)
      guard let stated else { return flows.add(decoded, ip, time: packet.time, position: position) }
      var doubted = decoded
      doubted.statedTime = stated
      flows.add(doubted, ip, time: packet.time, position: position)
    case .fragment(let decoded):
      ledger.enter(.inFlows, bytes: packet.capturedLength)
      if decoded.isLengthImplausible { doubts.note(.length, position) }
      let ip = bytes.extracting(decoded.ipStart..<bytes.byteCount)
      fragments.hold(decoded, ip, time: packet.time, position: position)
      addReadyDatagrams()
    case .notIP:
      ledger.enter(.notIP, bytes: packet.capturedLength)
    case .undecodable(.unsupportedLinkType):
      ledger.enter(.undecodable, bytes: packet.capturedLength)
      unsupported[packet.linkType, default: (0, position)].count += 1
    case .undecodable(let reason):
      ledger.enter(.undecodable, bytes: packet.capturedLength)
      undecodable[reason, default: (0, position)].count += 1
    }
  }

  // MARK: Fragments

  private mutating func addReadyDatagrams() {
    guard !fragments.ready.isEmpty else { return }
    for var datagram in fragments.takeReady() {
      let whole = datagram.assemble()
      if datagram.isContradictory, let first = datagram.pieces.first {
        contradictory = ((contradictory?.count ?? 0) + 1, contradictory?.first ?? first.position)
      }
      if let whole {
        add(datagram, bytes: whole.bytes, header: whole.header)
      } else {
        addIncomplete(datagram)
      }
    }
  }

  /// Every fragment counts as a packet of the datagram's flow; the content is that of the one that completed it.
  private mutating func add(_ datagram: FragmentedDatagram, bytes: [UInt8], header: DecodedPacket) {
    let bytes = unsafe bytes.span.bytes
    guard case .ip(var packet) = decoder.decode(datagram: bytes, header) else { return addIncomplete(datagram) }
    let isTunnelled = packet.encapsulation.tunnels.count > header.encapsulation.tunnels.count
    let ip = bytes.extracting(packet.ipStart..<bytes.byteCount)
    let inside = packet.countedLength ?? packet.ipLength
    if packet.isLengthImplausible, !header.isLengthImplausible, let last = datagram.pieces.last {
      doubts.note(.length, last.position)
    }
    for (index, piece) in datagram.pieces.enumerated() {
      packet.isCountedOnly = index < datagram.pieces.count - 1
      // Of a tunnel's fragments only the packet inside counts in bytes, once.
      packet.countedLength =
        !isTunnelled ? piece.packet.countedLength ?? piece.packet.ipLength : packet.isCountedOnly ? 0 : inside
      flows.add(packet, ip, time: piece.time, position: piece.position)
    }
  }

  /// Fragments of a datagram that never came whole, or that no transport header was found in: with the ports of the first where that was seen, with none elsewhere.
  private mutating func addIncomplete(_ datagram: FragmentedDatagram) {
    var ports: DecodedPacket?
    if let first = datagram.first {
      var header = first.packet
      header.fragment = nil
      if case .ip(let packet) = decoder.decode(datagram: unsafe first.bytes.span.bytes, header),
        packet.ipStart == 0
      {
        ports = packet
      }
    }
    for piece in datagram.pieces {
      var packet = piece.packet
      if let ports {
        (packet.proto, packet.sourcePort, packet.destinationPort, packet.isOneWay) = (
          ports.proto, ports.sourcePort, ports.destinationPort, ports.isOneWay
        )
      }
      flows.add(packet, unsafe piece.bytes.span.bytes, time: piece.time, position: piece.position)
    }
  }

  private static func packets(_ count: Int, _ one: String, _ many: String) -> String {
    count == 1 ? "1 packet \(one)" : "\(count) packets \(many)"
  }

  private mutating func note(_ problem: Problem) {
    damageCount += 1
    if damageCount <= Self.damageRows {
      problems.append(problem)
    } else {
      unlistedBytes += problem.bytesLost
    }
  }

  /// One row for each reason, not one for each packet.
  private mutating func summarizeProblems() {
    if damageCount > Self.damageRows {
      let message =
        "the capture has \(damageCount - Self.damageRows) more damaged places than the \(Self.damageRows) listed; \(unlistedBytes) bytes were skipped there"
      problems.append(Problem(.limitReached, bytesLost: unlistedBytes, message: message))
    }
    if case let (count, first) = reader.notesLeftOut, count > 0 {
      let message =
        "the capture says \(count) more things beside its packets than the \(CaptureNotes.countLimit) that are kept as notes, the first of them at byte \(first); read them with another program"
      problems.append(Problem(.limitReached, offset: first, message: message))
    }
    for (linkType, found) in unsupported.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let message =
        "\(Self.packets(found.count, "has", "have")) the link type \(linkType) (\(linkType.rawValue)), which is not read here, the first being packet \(found.first.number); counted as undecodable"
      problems.append(Problem(.unsupportedLinkType, offset: found.first.streamOffset, message: message))
    }
    for (reason, found) in undecodable.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let message =
        "\(Self.packets(found.count, "could", "could")) not be followed to a flow because \(reason.rawValue), the first being packet \(found.first.number); counted as undecodable"
      problems.append(Problem(.undecodablePackets, offset: found.first.streamOffset, message: message))
    }
    for (linkType, reason) in (filter?.refusals ?? [:]).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let message =
        "the filter says nothing about the link type \(linkType) (\(reason)), so none of its packets passed it; they are counted as filtered: scan without a filter to have them in flows"
      problems.append(Problem(.unsupportedLinkType, message: message))
    }
    if reader.clampedTimes > 0 {
      let message =
        "\(reader.clampedTimes) packets have a time outside of the years 1677 to 2262, which was set to the nearest end of them; their order in flows and timeouts cannot be trusted"
      problems.append(Problem(.implausibleTime, message: message))
    }
    problems += doubts.problems(leftOut: times.span?.leftOut)
    if let contradictory {
      let message =
        "the fragments of \(contradictory.count == 1 ? "an IP datagram" : "\(contradictory.count) IP datagrams") contradict each other: they overlap with other content or reach beyond what IP allows, the first being packet \(contradictory.first.number); where two give the same byte the one captured first was used, and a receiver may have seen other content: look at these packets by hand"
      problems.append(Problem(.contradictoryFragments, offset: contradictory.first.streamOffset, message: message))
    }
    let overflowed = decoder.tunnels.overflowed - overflowedBefore
    if overflowed > 0 {
      let message =
        "there are more than \(TunnelTable.capacity) different tunnels; \(overflowed) packets in tunnels beyond them are not told apart by tunnel"
      problems.append(Problem(.limitReached, message: message))
    }
    let evicted = flows.evictedCount - evictedBefore
    if evicted > 0 {
      let message =
        "the flow table was full and closed \(evicted) flows early (end_reason 'evicted'); their later packets, if any, began new flows"
      problems.append(Problem(.limitReached, message: message))
    }
  }
}
