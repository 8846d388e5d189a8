package import Records

/// Cuts one capture into flows as its bytes arrive, and keeps the account of its packets.
package struct CaptureTracker {
  private var reader = CaptureReader()
  private var flows: FlowTable
  private var fragments = FragmentTable()
  private let filter: PacketFilter?
  package private(set) var ledger = PacketLedger()
  package private(set) var firstPacket: CaptureTime?, lastPacket: CaptureTime?
  /// Problems found since the caller last took them.
  package var problems: [Problem] = []
  /// What the capture has said beside its packets since the caller last took it.
  package var notes: [CaptureNote] = []
  private var damageCount = 0
  /// Bytes lost to damage beyond the rows a capture may have.
  private var unlistedBytes = 0
  private var undecodable: [Undecodable: (count: Int, first: PacketPosition)] = [:]
  private var unsupported: [LinkType: (count: Int, first: PacketPosition)] = [:]

  /// Problem rows a capture may have for its damaged places; the rest are counted in one.
  private static let damageRows = 100

  package init(
    policy: FlowPolicy, plan: KeepPlan, limits: FlowTableLimits = FlowTableLimits(), filter: PacketFilter? = nil
  ) {
    flows = FlowTable(policy: policy, plan: plan, limits: limits)
    self.filter = filter
  }

  /// Flows that ended since the caller last took them, in the order in which they ended.
  package mutating func takeFinished() -> [ObservedFlow] {
    defer { flows.finished.removeAll(keepingCapacity: true) }
    return flows.finished
  }

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
    if let problem = reader.finish() { note(problem) }
    notes += reader.takeNotes()
    summarizeProblems()
  }

  /// Up to `count` of the flows that were open when the capture ended; empty when none are left. A few at a time, so that
  /// a full table is not copied whole.
  package mutating func takeRemaining(_ count: Int) -> [ObservedFlow] {
    flows.finish(count)
    return takeFinished()
  }

  private mutating func add(_ packet: CapturedPacket, _ bytes: RawSpan) {
    ledger.read += 1
    let position = PacketPosition(number: ledger.read, streamOffset: packet.streamOffset)
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
    if flows.evictedCount > 0 {
      let message =
        "the flow table was full and closed \(flows.evictedCount) flows early (end_reason 'evicted'); their later packets, if any, began new flows"
      problems.append(Problem(.limitReached, message: message))
    }
  }
}
