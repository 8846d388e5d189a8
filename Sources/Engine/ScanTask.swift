import Evidence
import Foundation
import Records
import Traffic

/// What every task of a scan needs.
struct ScanSettings: Sendable {
  var policy: FlowPolicy
  var plan: KeepPlan
  var tableLimits = FlowTableLimits()
  var evidenceLimits = EvidenceLimits()
  var passwords: [String] = []
  /// A packet filter in libpcap's language.
  var filter: String?
}

/// One task of a scan: a file of evidence with everything inside it.
///
/// Reading, decompression and hashing run on a thread of their own, a few chunks ahead of the parsing.
struct ScanTask {
  let index: Int
  let planned: PlannedEvidence
  /// What the case has for the same path already.
  let known: [KnownUnit]
  let settings: ScanSettings
  let counters: ScanCounters

  /// Flows that go to the classifier together. Large enough to fill its blocks, small enough to share out.
  private static let batchSize = 384

  /// What reads the flows of the task: the board in a scan, a collection in training.
  protocol Sink {
    func append(_ event: UnitEvent)
    func submit(_ flows: [ObservedFlow], node: Int)
    func holdBack()
  }

  func run(_ sink: some Sink) {
    if let known = unchanged() {
      sink.append(.alreadyKnown(known.id))
      counters.add(bytes: planned.byteCount)
    } else if let problem = planned.problem {
      sink.append(.opened(node: 0, parent: nil, path: planned.path.description))
      sink.append(.problem(node: 0, problem))
      var record = EvidenceRecord(path: planned.path.description, format: "", status: .rejected)
      record.bytesLost = problem.bytesLost
      sink.append(.closed(node: 0, record))
    } else {
      readEvidence(sink)
    }
    counters.addFile()
  }

  /// The case's row for this very content: identity is the digest, not the path. A file that could not be read then
  /// and cannot be read now is the same too.
  private func unchanged() -> KnownUnit? {
    guard !known.isEmpty else { return nil }
    let unread = known.first { $0.sha256 == nil }
    guard planned.problem == nil else { return unread }
    do throws(StreamDamage) {
      let file = HashedStream(try EvidenceFile(planned.path))
      while try file.next() != nil {}
      let digest = file.finishDigest()
      return known.first { $0.sha256 == digest }
    } catch {
      return unread
    }
  }

  private func readEvidence(_ sink: some Sink) {
    let queue = BoundedQueue<EvidenceEvent>(capacity: 6)
    let path = planned.path
    let settings = settings
    let counters = counters
    let thread = Thread {
      var reader = EvidenceReader(
        limits: settings.evidenceLimits, passwords: settings.passwords, whenRead: { counters.add(bytes: $0) },
        emit: { queue.append($0) })
      reader.read(path)
      queue.close()
    }
    // libarchive's decoders keep large tables on the stack.
    thread.stackSize = 8 << 20
    thread.start()
    var nodes: [Int: OpenNode] = [:]
    while let event = queue.next() {
      switch event {
      case .opened(let node, let parent, let path):
        nodes[node] = OpenNode(path: path)
        sink.append(.opened(node: node, parent: parent, path: path))
      case .captureBytes(let node, let bytes):
        track(bytes, node, &nodes, sink)
      case .problem(let node, let problem):
        nodes[node]?.note(problem)
        sink.append(.problem(node: node, problem))
      case .closed(let node, let closing):
        guard var open = nodes.removeValue(forKey: node) else { continue }
        close(&open, node, closing, sink)
      }
    }
  }

  /// A piece of evidence while it is read.
  private struct OpenNode {
    var path: String
    var tracker: CaptureTracker?
    var pending: [ObservedFlow] = []
    var problemCount = 0
    var bytesLost = 0

    mutating func note(_ problem: Problem) {
      problemCount += 1
      bytesLost += problem.bytesLost
    }
  }

  private func track(_ bytes: [UInt8], _ node: Int, _ nodes: inout [Int: OpenNode], _ sink: some Sink) {
    guard var open = nodes.removeValue(forKey: node) else { return }
    var tracker = open.tracker ?? newTracker()
    open.tracker = nil
    let packetsBefore = tracker.ledger.read
    tracker.append(bytes)
    counters.add(packets: tracker.ledger.read - packetsBefore)
    pass(&tracker, &open, node, sink)
    open.tracker = tracker
    nodes[node] = open
  }

  private func newTracker() -> CaptureTracker {
    // The expression was compiled once before the scan began, so it compiles here.
    CaptureTracker(
      policy: settings.policy, plan: settings.plan, limits: settings.tableLimits,
      filter: settings.filter.flatMap { try? PacketFilter($0) })
  }

  /// Hands on what the tracker has finished: problems at once, flows in batches.
  private func pass(_ tracker: inout CaptureTracker, _ open: inout OpenNode, _ node: Int, _ sink: some Sink) {
    for problem in tracker.problems {
      open.note(problem)
      sink.append(.problem(node: node, problem))
    }
    tracker.problems.removeAll()
    for note in tracker.notes { sink.append(.note(node: node, note)) }
    tracker.notes.removeAll()
    for flow in tracker.takeFinished() { add(flow, &open, node, sink) }
  }

  private func add(_ flow: consuming ObservedFlow, _ open: inout OpenNode, _ node: Int, _ sink: some Sink) {
    open.pending.append(flow)
    if open.pending.count == Self.batchSize { submit(&open, node, sink) }
  }

  private func submit(_ open: inout OpenNode, _ node: Int, _ sink: some Sink) {
    guard !open.pending.isEmpty else { return }
    counters.add(flows: open.pending.count)
    sink.submit(open.pending, node: node)
    open.pending = []
    sink.holdBack()
  }

  private func close(_ open: inout OpenNode, _ node: Int, _ closing: EvidenceClosing, _ sink: some Sink) {
    var tracker = open.tracker ?? (closing.isCapture ? newTracker() : nil)
    open.tracker = nil
    if var ending = tracker.take() {
      ending.finish()
      pass(&ending, &open, node, sink)
      while true {
        let flows = ending.takeRemaining(Self.batchSize)
        if flows.isEmpty { break }
        for flow in flows { add(flow, &open, node, sink) }
      }
      submit(&open, node, sink)
      tracker = ending
    }
    let isUsable = closing.isCapture || ContentKind.isArchiveFormat(closing.format)
    var record = EvidenceRecord(
      path: open.path, format: closing.format,
      status: !isUsable ? .rejected : open.problemCount > 0 ? .partial : .complete)
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
    sink.append(.closed(node: node, record))
  }
}

/// A file that the case has rows of already.
struct KnownUnit: Sendable {
  var id: Int64
  /// Digest of the file as stored; `nil` where it could not be read.
  var sha256: SHA256Digest?
}
