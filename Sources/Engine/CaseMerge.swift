import CaseStore
import Foundation
import Learning
import Records
import Traffic

/// Writes what the tasks of a scan bring into the case, in plan order, each unit of a task as one transaction.
struct CaseMerge {
  private let writer: CaseWriter
  private let run: Int64
  private let model: Int64?
  private let classifier: FlowClassifier?
  private let keepsInputs: Bool
  private(set) var summary = ScanSummary()
  /// Whether an interrupt ended a task before its last file.
  private(set) var hasLeftOver = false

  init(writer: CaseWriter, run: Int64, model: Int64?, classifier: FlowClassifier?, keepsInputs: Bool) {
    self.keepsInputs = keepsInputs
    self.writer = writer
    self.run = run
    self.model = model
    self.classifier = classifier
  }

  /// Writes the units of one task.
  ///
  /// - Parameter events: called for the next events until it returns `nil`.
  mutating func write(_ task: ScanTask, _ events: () -> [UnitEvent]?) throws(StoreError) {
    var unit = Unit()
    do throws(StoreError) {
      while let batch = events() {
        for event in batch { try take(event, task, &unit) }
      }
      try end(&unit, task)
    } catch {
      if unit.isOpen { writer.abandonUnit() }
      throw error
    }
  }

  private struct Unit {
    var isOpen = false
    /// Places in the task of its files: those told so far, and where the unit begins.
    var files = 0, firstFile = 0
    /// The number of its first node.
    var firstNode = 0
    /// The file before the unit that the first of it may go on with.
    var context: TaskFile?
    var ids: [Int: Int64] = [:]
    var flows: [Int64: Int] = [:]
    /// Nodes of a sequence that are copies of evidence elsewhere, though their packets are in its flows already.
    var copies: Set<Int> = []
    var lastFinal: CaptureTime?
    var summary = ScanSummary()
  }

  private mutating func take(_ event: UnitEvent, _ task: ScanTask, _ unit: inout Unit) throws(StoreError) {
    switch event {
    case .alreadyKnown(let id):
      try end(&unit, task)
      try writer.note(alreadyKnown: id, run: run)
      summary.alreadyKnown += 1
      let known = task.files[unit.files].known.first { $0.id == id }
      unit.context = task.files[unit.files].recalled(known?.finalPacket) ?? unit.context
      unit.files += 1
      unit.firstFile = unit.files
    case .unitEnded: try end(&unit, task)
    case .leftOver: hasLeftOver = true
    default:
      if !unit.isOpen { try writer.beginUnit(run: run) }
      unit.isOpen = true
      try write(event, &unit)
    }
  }

  private mutating func end(_ unit: inout Unit, _ task: ScanTask) throws(StoreError) {
    guard unit.isOpen else { return }
    if unit.copies.isEmpty {
      try writer.commitUnit()
      summary.add(unit.summary)
    } else {
      writer.abandonUnit()
      try writeApart(unit, task)
    }
    var next = Unit()
    next.context = task.files[unit.files - 1].recalled(unit.lastFinal) ?? unit.context
    (next.files, next.firstFile, next.firstNode) = (unit.files, unit.files, unit.firstNode + unit.ids.count)
    unit = next
  }

  /// Reads the files of a unit again, with the copies kept out of its sequences: their packets are counted elsewhere.
  private mutating func writeApart(_ unit: Unit, _ task: ScanTask) throws(StoreError) {
    var again = task
    let context = unit.context.map { [$0] } ?? []
    again.files = context + task.files[unit.firstFile..<unit.files].map { TaskFile($0.planned, peek: $0.peek) }
    // A second time round only files that changed meanwhile can bring further copies.
    again.settings.joinsCaptures = task.apart.isEmpty
    again.apart = Set(unit.copies.map { $0 - unit.firstNode })
    again.counters = ScanCounters()
    let queue = BoundedQueue<UnitEvent>(capacity: 8)
    let sink = QueueSink(queue: queue, labeller: Labeller(classifier, keepsInputs: keepsInputs))
    defer { queue.close() }
    let reading = Reading(task: again, sink: sink)
    let thread = Thread { reading.run() }
    thread.stackSize = 8 << 20
    thread.start()
    var skipped = again
    skipped.files.removeFirst(context.count)
    try write(skipped) { queue.next().map { [$0] } }
  }

  private func write(_ event: UnitEvent, _ unit: inout Unit) throws(StoreError) {
    switch event {
    case .opened(let node, let parent, let path):
      unit.ids[node] = try writer.openEvidence(path: path, parent: parent.flatMap { unit.ids[$0] })
      guard parent == nil else { return }
      unit.files += 1
      unit.summary.files += 1
    case .flows(let flows):
      // A unit that will be given up needs no flows.
      if unit.copies.isEmpty { try write(flows, &unit) }
    case .problem(let node, let problem):
      guard let id = unit.ids[node] else { return }
      try writer.append(problem, evidence: id)
      unit.summary.problems += 1
    case .note(let node, let note):
      guard let id = unit.ids[node] else { return }
      try writer.append(note, evidence: id)
    case .closed(let node, let record):
      try close(node, record, &unit)
      if let final = record.finalPacket { unit.lastFinal = final }
    case .alreadyKnown, .unitEnded, .leftOver: return
    }
  }

  private func write(_ flows: [ClassifiedFlow], _ unit: inout Unit) throws(StoreError) {
    for flow in flows {
      let (first, last) = (flow.flow.firstPacket.capture, flow.flow.lastPacket.capture)
      guard let id = unit.ids[first] else { continue }
      try writer.append(flow, evidence: id, lastEvidence: first == last ? nil : unit.ids[last], model: model)
      unit.flows[id, default: 0] += 1
      unit.summary.flows += 1
    }
  }

  private func close(_ node: Int, _ record: EvidenceRecord, _ unit: inout Unit) throws(StoreError) {
    guard let id = unit.ids[node] else { return }
    var record = record
    if let place = record.sequence {
      record.sequence = unit.ids[Int(place.first)].map { SequencePlace(first: $0, position: place.position) }
    }
    var original: Int64?
    if let digest = record.streamSHA256 { original = try writer.evidence(withStreamDigest: digest) }
    if original != nil, record.sequence != nil {
      unit.copies.insert(node)
      original = nil
    }
    if original != nil {
      // What is wrong with the copy stays listed: it may have more than the bytes that are the same.
      unit.summary.problems -= try writer.discardFlows(of: id)
      unit.summary.flows -= unit.flows[id] ?? 0
      unit.summary.duplicates += 1
      record.status = .duplicate
      // Its packets are counted where they were first read.
      record.ledger = PacketLedger()
      record.join = nil
      (record.bytesRead, record.bytesSkipped) = (0, 0)
    } else if record.status == .ignored {
      unit.summary.ignored += 1
    } else {
      unit.summary.packets += record.ledger.read
      if record.ledger.read > 0 || record.streamSHA256 != nil { unit.summary.captures += 1 }
    }
    unit.summary.bytesLost += record.bytesLost
    try writer.closeEvidence(id, as: record, duplicateOf: original)
  }
}

/// A task that is run again, to be handed to the thread that does so.
private struct Reading: @unchecked Sendable {
  let task: ScanTask
  /// Used by that one thread only.
  let sink: QueueSink

  func run() {
    task.run(sink)
    sink.queue.close()
  }
}

/// Labels flows at once and queues everything for the writer.
private struct QueueSink: ScanTask.Sink {
  let queue: BoundedQueue<UnitEvent>
  let labeller: Labeller

  func append(_ event: UnitEvent) { queue.append(event) }
  func submit(_ flows: [ObservedFlow]) { queue.append(.flows(labeller.label(flows))) }
  func holdBack() {}
}
