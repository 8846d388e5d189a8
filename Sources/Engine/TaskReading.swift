import Evidence
import Records
import Traffic

/// Turns what is read of the files of a task into what is written of them: evidence, flows and problems.
///
/// A capture that goes on where the one before it in its series ends is tracked with the same flow table. Files say when they
/// begin before they are read (`TaskFile.peek`); for the members of an archive their first bytes do.
struct TaskReading<Output: ScanTask.Sink> {
  private let sink: Output
  private let settings: ScanSettings
  private let counters: ScanCounters
  private let apart: Set<Int>
  private var nodes: [Int: OpenNode] = [:]
  private var sequence: OpenSequence?
  /// A sequence that waits while a capture without packets is read.
  private var aside: OpenSequence?
  /// The capture read last, wherever it was: in this task, or known to the case.
  private var before: SeriesEnd?
  /// Number of the current file's first node, and of the next file's.
  private var firstNode = 0, nextNode = 0
  /// Whether everything told so far could be committed.
  private(set) var isBetweenUnits = true

  /// Flows that go to the classifier together. Large enough to fill its blocks, small enough to share out.
  private let batchSize = 384

  private struct OpenNode {
    var path: String
    var parent: Int?
    var isTracked = false
    var problemCount = 0
    var bytesLost = 0
    var join: CaptureJoin?
    /// Whether it is locked, or is damaged as a member of its archive.
    var isLocked = false, isDamagedMember = false
    /// Of an archive: what is in it.
    var members = 0, lockedMembers = 0, damagedMembers = 0

    mutating func note(_ problem: Problem) {
      problemCount += 1
      bytesLost += problem.bytesLost
      if problem.code == .encrypted { isLocked = true }
      if problem.code == .encrypted || problem.code == .damagedArchive { isDamagedMember = true }
    }

    mutating func count(_ member: Self) {
      members += 1
      if member.isLocked { lockedMembers += 1 }
      if member.isDamagedMember { damagedMembers += 1 }
    }
  }

  /// How the next capture follows the one before it.
  private struct Transition {
    var join: CaptureJoin?
    var problem: Problem?
    var joins: Bool { join?.reason.isJoined ?? false }
  }

  /// The transition to the current file, found before it was opened.
  private var transition: Transition?

  init(sink: Output, settings: ScanSettings, counters: ScanCounters, apart: Set<Int>) {
    self.sink = sink
    self.settings = settings
    self.counters = counters
    self.apart = apart
  }

  // MARK: Files

  /// The next file will be read.
  mutating func begin(_ file: TaskFile) {
    firstNode = nextNode
    transition = nil
    guard let peek = file.peek, settings.joinsCaptures else { return endUnit() }
    let path = file.planned.path
    var found = transition(
      to: peek, SeriesName(path.bytes), parent: nil, path: path.description, isApart: apart.contains(firstNode))
    found.join = found.join ?? file.refusal
    transition = found
    if !found.joins { endUnit() }
  }

  /// The next file is in the case already, unchanged.
  mutating func pass(_ known: KnownUnit, as file: TaskFile) {
    endUnit()
    sink.append(.alreadyKnown(known.id))
    if let final = known.finalPacket { recall(file, final: final) }
  }

  /// The next file was read before; the one after it may go on where it ends.
  ///
  /// - Parameter final: time of the packet that stands last in it.
  mutating func recall(_ file: TaskFile, final: CaptureTime) {
    guard let peek = file.peek else { return }
    let path = file.planned.path
    before = SeriesEnd(
      name: SeriesName(path.bytes), path: path.description, opening: peek.firstPacket, final: final,
      linkTypes: peek.linkTypes, hosts: peek.hosts, isOpen: false)
  }

  /// The next file cannot be read.
  mutating func refuse(_ path: EvidencePath, _ problem: Problem) {
    endUnit()
    firstNode = nextNode
    take(.opened(node: 0, parent: nil, path: path.description))
    take(.problem(node: 0, problem))
    var record = EvidenceRecord(path: path.description, format: "", status: .rejected)
    record.bytesLost = problem.bytesLost
    nodes[firstNode] = nil
    sink.append(.closed(node: firstNode, record))
  }

  /// No more files.
  mutating func finish() { closeSequence() }

  private mutating func endUnit() {
    closeSequence()
    if !isBetweenUnits { sink.append(.unitEnded) }
    isBetweenUnits = true
  }

  // MARK: Evidence

  /// Takes what the reading of the current file brings next.
  mutating func take(_ event: EvidenceEvent) {
    switch event {
    case .opened(let node, let parent, let path):
      isBetweenUnits = false
      let number = firstNode + node
      nextNode = max(nextNode, number + 1)
      nodes[number] = OpenNode(path: path, parent: parent.map { firstNode + $0 })
      sink.append(.opened(node: number, parent: parent.map { firstNode + $0 }, path: path))
    case .captureBytes(let node, let bytes):
      track(bytes, firstNode + node)
    case .problem(let node, let problem):
      nodes[firstNode + node]?.note(problem)
      sink.append(.problem(node: firstNode + node, problem))
    case .closed(let node, let closing):
      close(firstNode + node, closing)
    }
  }

  private mutating func track(_ bytes: [UInt8], _ node: Int) {
    if nodes[node]?.isTracked == false { beginCapture(node, bytes) }
    guard var open = sequence.take() else { return }
    let packetsBefore = open.tracker.ledger.read
    open.tracker.append(bytes)
    counters.add(packets: open.tracker.ledger.read - packetsBefore)
    pass(&open, node)
    sequence = open
  }

  private mutating func beginCapture(_ node: Int, _ bytes: [UInt8]) {
    guard let open = nodes[node] else { return }
    nodes[node]?.isTracked = true
    var found = Transition()
    if let transition, node == firstNode {
      found = transition
    } else if settings.joinsCaptures, open.parent != nil, before?.parent == open.parent {
      var chunks = [bytes].makeIterator()
      let peek = CapturePeek { chunks.next() }
      if peek == nil { (aside, sequence) = (sequence, nil) }
      if let peek {
        found = transition(
          to: peek, SeriesName(Array(open.path.utf8)), parent: open.parent, path: open.path,
          isApart: apart.contains(node))
      }
    }
    nodes[node]?.join = found.join
    if found.joins, sequence != nil {
      tellLast(isJoined: true)
      sequence?.count += 1
      sequence?.tracker.beginNext(capture: node)
    } else {
      closeSequence()
      // What no other can go on with needs no traces.
      let mayGoOn = settings.joinsCaptures && (open.parent != nil || transition != nil)
      sequence = OpenSequence(first: node, tracker: newTracker(node, keepsTraces: mayGoOn))
    }
    // Nothing of the capture is lost by it, so its status stays as it is.
    if let problem = found.problem { sink.append(.problem(node: node, problem)) }
  }

  private func newTracker(_ node: Int, keepsTraces: Bool) -> CaptureTracker {
    // The expression was compiled once before the scan began, so it compiles here.
    CaptureTracker(
      policy: settings.policy, plan: settings.plan, limits: settings.tableLimits,
      filter: settings.filter.flatMap { try? PacketFilter($0) }, capture: node, keepsTraces: keepsTraces)
  }

  private mutating func close(_ node: Int, _ closing: EvidenceClosing) {
    // A capture of no bytes at all has an account too.
    if closing.isCapture, nodes[node]?.isTracked == false { beginCapture(node, []) }
    guard let open = nodes.removeValue(forKey: node) else { return }
    if let parent = open.parent { nodes[parent]?.count(open) }
    guard open.isTracked, var ending = sequence.take() else {
      // What is inside an archive is told before the archive itself.
      if before?.parent == node { closeSequence() }
      return sink.append(.closed(node: node, record(open, closing, nil)))
    }
    nodes[node] = open
    ending.tracker.finish()
    pass(&ending, node)
    let closed = nodes.removeValue(forKey: node) ?? open
    ending.lastClosed = (node, record(closed, closing, ending.tracker))
    sequence = ending
    if let open = aside.take() {
      if ending.tracker.openingPacket == nil { return bringBack(open) }
      sequence = open
      closeSequence()
      sequence = ending
    }
    if let opening = ending.tracker.openingPacket, let final = ending.tracker.finalPacket {
      before = SeriesEnd(
        name: SeriesName(Array(open.path.utf8)), parent: open.parent, path: open.path, opening: opening, final: final,
        linkTypes: Set(ending.tracker.linkTypes), hosts: ending.tracker.recordedHosts, isOpen: !apart.contains(node))
    }
  }

  /// Goes back to the sequence that was open before a capture that seemed to have no packets.
  private mutating func bringBack(_ open: OpenSequence) {
    let isOpen = before?.isOpen ?? false
    closeSequence()
    before?.isOpen = isOpen
    sequence = open
  }

  private func record(_ open: OpenNode, _ closing: EvidenceClosing, _ tracker: CaptureTracker?) -> EvidenceRecord {
    var record = EvidenceRecord(path: open.path, format: closing.format, status: Self.status(open, closing))
    record.containerBytes = closing.containerBytes
    record.streamBytes = closing.streamBytes
    record.containerSHA256 = closing.containerSHA256
    record.streamSHA256 = closing.streamSHA256
    record.linkTypes = tracker?.linkTypes.map(\.description) ?? []
    record.ledger = tracker?.ledger ?? PacketLedger()
    record.bytesLost = open.bytesLost
    record.bytesRead = tracker?.bytesRead ?? 0
    record.bytesSkipped = tracker?.bytesLost ?? 0
    record.firstPacket = tracker?.firstPacket
    record.lastPacket = tracker?.lastPacket
    record.finalPacket = tracker?.finalPacket
    record.gapBefore = open.join?.gap
    record.join = open.join
    return record
  }

  private static func status(_ open: OpenNode, _ closing: EvidenceClosing) -> EvidenceStatus {
    if closing.isOrdinary { return open.problemCount > 0 ? .rejected : .ignored }
    guard closing.isCapture || ContentKind.isArchiveFormat(closing.format) else { return .rejected }
    // Locked as a whole, or in every member.
    let isLocked = open.isLocked || open.lockedMembers > 0
    if isLocked, open.lockedMembers == open.members, !closing.isCapture { return .rejected }
    return open.problemCount + open.damagedMembers > 0 ? .partial : .complete
  }

  // MARK: Sequences

  private mutating func transition(
    to peek: CapturePeek, _ name: SeriesName, parent: Int?, path: String, isApart: Bool
  ) -> Transition {
    guard let before, before.name == name, before.parent == parent,
      before.linkTypes.isSuperset(of: peek.linkTypes) || peek.linkTypes.isSuperset(of: before.linkTypes)
    else { return Transition() }
    var join = CaptureJoin(
      after: before.path, reason: .overlap, gap: SequenceRule.gap(from: before.final, to: peek.firstPacket))
    switch SequenceRule.step(opening: before.opening, final: before.final, next: peek.firstPacket) {
    case .continues: return transition(to: peek, after: before, join, path: path, isApart: isApart)
    case .pauses:
      join.reason = .silence
      sequence?.tracker.passTime(to: peek.firstPacket)
    // Told by a gap below zero: nothing is wrong with either.
    case .overlaps: break
    }
    return Transition(join: join)
  }

  /// - Parameter join: what is known of it so far: that names, link types and times are those of one recording.
  private func transition(
    to peek: CapturePeek, after before: SeriesEnd, _ join: CaptureJoin, path: String, isApart: Bool
  ) -> Transition {
    let kinship = Kinship(before.hosts, peek.hosts)
    var found = Transition(join: join)
    found.join?.reason = kinship.reason
    found.join?.sharedHosts = kinship.sharedHosts
    found.join?.sharedMachines = kinship.sharedMachines
    found.join?.connections = kinship.connections
    guard kinship.isOne else { return found }
    if isApart {
      found.join?.reason = .secondCopy
    } else if !before.isOpen {
      found.join?.reason = .readBefore
      found.problem = Self.splitSequence(path, before.path)
    }
    return found
  }

  private static func splitSequence(_ path: String, _ before: String) -> Problem {
    Problem(
      .splitSequence,
      message:
        "'\(path)' goes on where '\(before)' ends, which was read before it and apart from it; flows that span both were closed at the end of the first and begin anew here; scan them into a new case to have them whole"
    )
  }

  /// Hands on what the tracker has finished: problems at once, flows in batches.
  private mutating func pass(_ open: inout OpenSequence, _ node: Int) {
    for problem in open.tracker.problems {
      nodes[node]?.note(problem)
      sink.append(.problem(node: node, problem))
    }
    open.tracker.problems.removeAll()
    for note in open.tracker.notes { sink.append(.note(node: node, note)) }
    open.tracker.notes.removeAll()
    for flow in open.tracker.takeFinished() { add(flow, &open) }
  }

  private func add(_ flow: consuming ObservedFlow, _ open: inout OpenSequence) {
    open.pending.append(flow)
    if open.pending.count == batchSize { submit(&open) }
  }

  private func submit(_ open: inout OpenSequence) {
    guard !open.pending.isEmpty else { return }
    counters.add(flows: open.pending.count)
    sink.submit(open.pending)
    open.pending = []
    sink.holdBack()
  }

  /// Tells the row of the capture read last, before the next one's packets come.
  private mutating func tellLast(isJoined: Bool) {
    guard let open = sequence, let (node, last) = open.lastClosed else { return }
    var record = last
    if isJoined { record.sequence = SequencePlace(first: Int64(open.first), position: open.count) }
    sequence?.lastClosed = nil
    sink.append(.closed(node: node, record))
  }

  /// Ends the flow table, if one is open: all of its flows are handed on, then the row of its last capture.
  private mutating func closeSequence() {
    guard var open = sequence.take() else { return }
    for flow in open.tracker.takeFinished() { add(flow, &open) }
    while case let flows = open.tracker.takeRemaining(batchSize), !flows.isEmpty {
      for flow in flows { add(flow, &open) }
    }
    submit(&open)
    let isJoined = open.isJoined
    sequence = open
    tellLast(isJoined: isJoined)
    sequence = nil
    before?.isOpen = false
  }
}
