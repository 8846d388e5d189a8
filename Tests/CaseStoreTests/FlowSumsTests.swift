import CaseStore
import Foundation
import Records
import Testing

/// Sums kept while flows are written are those that SQLite takes from the rows.
@Suite struct FlowSumsTests {
  private static let tables = ["host", "conversation", "host_label", "evidence_label", "label_hour", "_counts"]

  private func sums(_ scratch: ScratchCase) throws -> [String] {
    try Self.tables.flatMap { table in try scratch.ask("SELECT '\(table)', * FROM \(table)") }
  }

  private func write(_ scratch: ScratchCase, model isLabelled: Bool, secondCopy: Bool) throws {
    let writer = try scratch.writer()
    var record = Sample.run
    if isLabelled { record.settings["model_sha256"] = try Sample.digest(0xaa).description }
    let run = try writer.beginRun(record)
    let model = isLabelled ? try writer.register(model: Sample.model()) : nil
    for unit in 0..<3 {
      try writer.beginUnit(run: run)
      if secondCopy {
        // What is taken back leaves no trace, and makes the unit sum from its rows.
        let copy = try writer.openEvidence(path: "copy \(unit)", parent: nil)
        for number in 500..<530 { try add(number, to: writer, copy, model) }
        try writer.discardFlows(of: copy)
        var record = try Sample.record("copy \(unit)", UInt8(100 + unit), flows: 0, status: .duplicate)
        record.ledger = PacketLedger()
        try writer.closeEvidence(copy, as: record, duplicateOf: nil)
      }
      let evidence = try writer.openEvidence(path: "a \(unit)", parent: nil)
      for number in unit * 70..<unit * 70 + 150 { try add(number, to: writer, evidence, model) }
      try writer.closeEvidence(evidence, as: Sample.record("a \(unit)", UInt8(unit), flows: 150), duplicateOf: nil)
      try writer.commitUnit()
    }
    try writer.finish()
  }

  private func add(_ number: Int, to writer: CaseWriter, _ evidence: Int64, _ model: Int64?) throws {
    var flow = Sample.classified(number)
    if model == nil { flow.classification = .none }
    // Addresses with themselves, times before 1970, IPv6, and hosts on both sides.
    if number % 11 == 0 { flow.flow.responder.address = flow.flow.originator.address }
    if number % 13 == 0 { flow.flow.start = CaptureTime(nanoseconds: -Int64(number) * 1_800_000_000_000) }
    if number % 7 == 0 { flow.flow.originator.address = IPAddress(v6High: 1 << 60, low: UInt64(number % 3)) }
    if number % 5 == 0 { swap(&flow.flow.originator, &flow.flow.responder) }
    try writer.append(flow, evidence: evidence, model: model)
  }

  @Test(arguments: [false, true]) func bothWaysGiveTheSameNumbers(isLabelled: Bool) throws {
    let kept = try ScratchCase(), taken = try ScratchCase()
    try write(kept, model: isLabelled, secondCopy: false)
    try write(taken, model: isLabelled, secondCopy: true)
    let names = { (lines: [String]) in
      // The copies move the numbers of evidence; their rows count as evidence.
      lines.filter { !$0.hasPrefix("evidence_label") && !$0.contains("evidence_item") }
    }
    #expect(try names(sums(kept)) == names(sums(taken)))
    #expect(try sums(kept).count > 400)
    let byEvidence = """
      SELECT e.path, l.label, l.label_source, l.flows, l.packets, l.bytes, l.confidence_sum FROM evidence_label AS l
      JOIN evidence_item AS e ON e.evidence_id = l.evidence_id ORDER BY 1, 2, 3
      """
    #expect(try kept.ask(byEvidence) == taken.ask(byEvidence))
    #expect(
      try CaseVerifier(path: kept.path, hash: ScratchCase.hash).findings().filter { !$0.isSound }.map(\.subject) == [])
  }
}
