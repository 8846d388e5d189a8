package import Records

/// Cuts captures into flows as their bytes arrive, and keeps the account of each capture's packets.
///
/// Mostly there is one. The captures of one recording go through one tracker, one after the other: see `beginNext`.
package struct CaptureTracker {
  private var reader = CaptureReader()
  private var flows: FlowTable
  private var fragments = FragmentTable()
  private let filter: PacketFilter?
  package private(set) var ledger = PacketLedger()
  package private(set) var firstPacket: CaptureTime?, lastPacket: CaptureTime?
  /// Times of the packets that stand first and last in the capture, whatever the others say.
  package private(set) var openingPacket: CaptureTime?, finalPacket: CaptureTime?
  /// What the positions of packets name the capture by.
  private var capture = 0
  private var evictedBefore = 0
  /// Problems found since the caller last took them.
  package var problems: [Problem] = []
  private var damageCount = 0
  private var undecodable: [Undecodable: (count: Int, first: PacketPosition)] = [:]
  private var unsupported: [LinkType: (count: Int, first: PacketPosition)] = [:]

  /// Problem rows a capture may have for its damaged places; the rest are counted in one.
  private static let damageRows = 100

  package init(
    policy: FlowPolicy, plan: KeepPlan, limits: FlowTableLimits = FlowTableLimits(), filter: PacketFilter? = nil,
    capture: Int = 0
  ) {
    self.capture = capture
    flows = FlowTable(policy: policy, plan: plan, limits: limits)
    self.filter = filter
  }

  /// Flows that ended since the caller last took them, in the order in which they ended.
  package mutating func takeFinished() -> [ObservedFlow] {
    defer { flows.finished.removeAll(keepingCapacity: true) }
    return flows.finished
  }

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
    if let problem = reader.finish() { note(problem) }
    summarizeProblems()
  }

  /// Goes on with the next capture of the same recording, once `finish` has ended the one before. Flows stay open across
  /// it; the account, the times and the problems are the next capture's own.
  package mutating func beginNext(capture: Int) {
    self.capture = capture
    reader = CaptureReader()
    ledger = PacketLedger()
    (firstPacket, lastPacket, openingPacket, finalPacket) = (nil, nil, nil, nil)
    damageCount = 0
    undecodable.removeAll()
    unsupported.removeAll()
    evictedBefore = flows.evictedCount
  }

  /// Lets the flows end whose time runs out before `time`, when the next packet of the recording was seen.
  package mutating func passTime(to time: CaptureTime) { flows.passTime(to: time) }

  /// Up to `count` of the flows that were open when the capture ended; empty when none are left. A few at a time, so that
  /// a full table is not copied whole.
  package mutating func takeRemaining(_ count: Int) -> [ObservedFlow] {
    flows.finish(count)
    return takeFinished()
  }

  private mutating func add(_ packet: CapturedPacket, _ bytes: RawSpan) {
    ledger.read += 1
    let position = PacketPosition(number: ledger.read, streamOffset: packet.streamOffset, capture: capture)
    if openingPacket == nil { openingPacket = packet.time }
    finalPacket = packet.time
    firstPacket = min(firstPacket ?? packet.time, packet.time)
    lastPacket = max(lastPacket ?? packet.time, packet.time)
    if let filter, !filter.admits(bytes, packet.linkType, originalLength: packet.originalLength) {
      ledger.filtered += 1
      return
    }
    switch LinkLayer.decode(bytes, packet.linkType, originalLength: packet.originalLength) {
    case .ip(var decoded):
      ledger.inFlows += 1
      fragments.complete(&decoded)
      let ip = bytes.extracting(decoded.ipStart..<bytes.byteCount)
      flows.add(decoded, ip, time: packet.time, position: position)
    case .notIP:
      ledger.notIP += 1
    case .undecodable(.unsupportedLinkType):
      ledger.undecodable += 1
      unsupported[packet.linkType, default: (0, position)].count += 1
    case .undecodable(let reason):
      ledger.undecodable += 1
      undecodable[reason, default: (0, position)].count += 1
    }
  }

  private mutating func note(_ problem: Problem) {
    damageCount += 1
    if damageCount <= Self.damageRows { problems.append(problem) }
  }

  /// One row for each reason, not one for each packet.
  private mutating func summarizeProblems() {
    if damageCount > Self.damageRows {
      let message =
        "the capture has \(damageCount - Self.damageRows) more damaged places than the \(Self.damageRows) listed; bytes_lost counts them all"
      problems.append(Problem(.limitReached, message: message))
    }
    for (linkType, found) in unsupported.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let message =
        "\(found.count) packets have the link type \(linkType) (\(linkType.rawValue)), which is not read here, the first being packet \(found.first.number); they are counted as undecodable"
      problems.append(Problem(.unsupportedLinkType, offset: found.first.streamOffset, message: message))
    }
    for (reason, found) in undecodable.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let message =
        "\(found.count) packets could not be followed because \(reason.rawValue), the first being packet \(found.first.number); they are in no flow"
      problems.append(Problem(.undecodablePackets, offset: found.first.streamOffset, message: message))
    }
    if reader.clampedTimes > 0 {
      let message =
        "\(reader.clampedTimes) packets have a time outside of the years 1677 to 2262, which was set to the nearest end of them; their order in flows and timeouts cannot be trusted"
      problems.append(Problem(.implausibleTime, message: message))
    }
    let evicted = flows.evictedCount - evictedBefore
    if evicted > 0 {
      let message =
        "the flow table was full and closed \(evicted) flows early (end_reason 'evicted'); their later packets, if any, began new flows"
      problems.append(Problem(.limitReached, message: message))
    }
  }
}
