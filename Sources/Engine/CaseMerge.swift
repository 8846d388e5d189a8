import CaseStore
import Records

/// Writes what the tasks of a scan bring into the case, in plan order, each task as one transaction.
struct CaseMerge {
  private let writer: CaseWriter
  private let run: Int64
  private let model: Int64?
  private(set) var summary = ScanSummary()

  init(writer: CaseWriter, run: Int64, model: Int64?) {
    self.writer = writer
    self.run = run
    self.model = model
  }

  /// Writes one task's unit.
  ///
  /// - Parameter events: called for the next events until it returns `nil`.
  mutating func write(_ events: () -> [UnitEvent]?) throws(StoreError) {
    var unit = Unit()
    var isOpen = false
    do throws(StoreError) {
      while let batch = events() {
        for event in batch {
          if case .alreadyKnown(let id) = event {
            try writer.note(alreadyKnown: id, run: run)
            summary.alreadyKnown += 1
            continue
          }
          if !isOpen { try writer.beginUnit(run: run) }
          isOpen = true
          try write(event, &unit)
        }
      }
      if isOpen { try writer.commitUnit() }
    } catch {
      if isOpen { writer.abandonUnit() }
      throw error
    }
    summary.add(unit.summary)
  }

  private struct Unit {
    var ids: [Int: Int64] = [:]
    var flows: [Int64: Int] = [:]
    var problems: [Int64: Int] = [:]
    var summary = ScanSummary()
  }

  private func write(_ event: UnitEvent, _ unit: inout Unit) throws(StoreError) {
    switch event {
    case .opened(let node, let parent, let path):
      unit.ids[node] = try writer.openEvidence(path: path, parent: parent.flatMap { unit.ids[$0] })
      if parent == nil { unit.summary.files += 1 }
    case .flows(let node, let flows):
      guard let id = unit.ids[node] else { return }
      for flow in flows { try writer.append(flow, evidence: id, model: model) }
      unit.summary.flows += flows.count
      unit.flows[id, default: 0] += flows.count
    case .problem(let node, let problem):
      guard let id = unit.ids[node] else { return }
      try writer.append(problem, evidence: id)
      unit.summary.problems += 1
      unit.problems[id, default: 0] += 1
    case .note(let node, let note):
      guard let id = unit.ids[node] else { return }
      try writer.append(note, evidence: id)
    case .closed(let node, let record):
      guard let id = unit.ids[node] else { return }
      try close(id, record, &unit)
    case .alreadyKnown: return
    }
  }

  private func close(_ id: Int64, _ record: EvidenceRecord, _ unit: inout Unit) throws(StoreError) {
    var record = record
    var original: Int64?
    if let digest = record.streamSHA256 { original = try writer.evidence(withStreamDigest: digest) }
    if original != nil {
      try writer.discardFlows(of: id)
      unit.summary.flows -= unit.flows[id] ?? 0
      unit.summary.problems -= unit.problems[id] ?? 0
      unit.summary.duplicates += 1
      record.status = .duplicate
      // Its packets are counted where they were first read.
      record.ledger = PacketLedger()
      (record.bytesRead, record.bytesSkipped) = (0, 0)
    } else {
      unit.summary.packets += record.ledger.read
      if record.ledger.read > 0 || record.streamSHA256 != nil { unit.summary.captures += 1 }
    }
    unit.summary.bytesLost += record.bytesLost
    try writer.closeEvidence(id, as: record, duplicateOf: original)
  }
}

/// What a scan did, for the line at its end.
package struct ScanSummary: Sendable, Equatable {
  package var files = 0
  package var captures = 0
  package var packets = 0
  package var flows = 0
  package var problems = 0
  package var duplicates = 0
  /// Files that the case had rows of already, unchanged.
  package var alreadyKnown = 0
  package var bytesLost = 0
  package init() {}

  mutating func add(_ other: Self) {
    files += other.files
    captures += other.captures
    packets += other.packets
    flows += other.flows
    problems += other.problems
    duplicates += other.duplicates
    alreadyKnown += other.alreadyKnown
    bytesLost += other.bytesLost
  }
}
