import CaseStore
import Foundation
import Records
import Testing

@Suite struct CaseWriterUnitTests {
  @Test func anUncommittedUnitIsNotSeen() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: run, model: nil)
    try writer.beginUnit(run: run)
    let evidence = try writer.openEvidence(path: "b.pcap", parent: nil)
    try writer.append(ClassifiedFlow(flow: Sample.flow(1), classification: .none), evidence: evidence, model: nil)
    #expect(try scratch.ask("SELECT count(*) FROM flows") == ["3"])
    writer.abandonUnit()
    #expect(try scratch.ask("SELECT count(*) FROM evidence") == ["1"])
  }

  /// What a process that is killed leaves is the database and its log as they are on disk.
  @Test func aKilledWriterLeavesWholeUnits() throws {
    let scratch = try ScratchCase()
    let killed = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: run, model: nil)
    try writer.beginUnit(run: run)
    let evidence = try writer.openEvidence(path: "b.pcap", parent: nil)
    // More than the writer keeps in memory, so that part of the open unit is in the log.
    let name = String(repeating: "a", count: 8000)
    for number in 0..<10_000 {
      try writer.append(
        ClassifiedFlow(flow: Sample.flow(number, serverName: name), classification: .none), evidence: evidence,
        model: nil)
    }
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: scratch.path + suffix, toPath: killed.path + suffix)
    }
    let log = try FileManager.default.attributesOfItem(atPath: killed.path + "-wal")[.size] as? Int ?? 0
    #expect(log > 1_000_000, "the open unit must have reached the disk for this to prove anything")
    #expect(try killed.ask("SELECT path, flows FROM evidence") == ["a.pcap|3"])
    #expect(try killed.ask("SELECT count(*) FROM flows") == ["3"])
  }

  @Test func aResumedScanGivesTheRowsOfAnUninterruptedOne() throws {
    let whole = try ScratchCase()
    var writer = try whole.writer()
    var model = try writer.register(model: Sample.model())
    var run = try writer.beginRun(Sample.run)
    for file in 0..<4 {
      try Sample.add(
        "\(file).pcap", UInt8(file), flows: file * 100..<file * 100 + 90, to: writer, run: run, model: model)
    }
    try writer.finish()

    let resumed = try ScratchCase()
    for file in 0..<4 {
      writer = try resumed.writer()
      model = try writer.register(model: Sample.model())
      run = try writer.beginRun(Sample.run)
      try Sample.add(
        "\(file).pcap", UInt8(file), flows: file * 100..<file * 100 + 90, to: writer, run: run, model: model)
      // The next file is begun, and given up or cut off.
      try writer.beginUnit(run: run)
      let evidence = try writer.openEvidence(path: "lost.pcap", parent: nil)
      try writer.append(Sample.classified(7), evidence: evidence, model: model)
      if file == 3 { writer.abandonUnit() }
      if file == 3 { try writer.finish() } else { try writer.close() }
    }
    #expect(try resumed.dump() == whole.dump())
  }

  @Test func aSecondCopyLeavesNoTraceButItsProblems() throws {
    let without = try ScratchCase()
    let with = try ScratchCase()
    for (scratch, hasCopy) in [(without, false), (with, true)] {
      let writer = try scratch.writer()
      let model = try writer.register(model: Sample.model())
      let run = try writer.beginRun(Sample.run)
      try writer.beginUnit(run: run)
      let archive = try writer.openEvidence(path: "a.tar", parent: nil)
      let first = try writer.openEvidence(path: "a.tar!/1.pcap", parent: archive)
      for number in 0..<50 { try writer.append(Sample.classified(number), evidence: first, model: model) }
      try writer.closeEvidence(first, as: Sample.record("a.tar!/1.pcap", 1, flows: 50), duplicateOf: nil)
      let copy = try writer.openEvidence(path: "a.tar!/2.pcap", parent: archive)
      // Rows of two captures of a sequence come interleaved.
      let other = try writer.openEvidence(path: "a.tar!/3.pcap", parent: archive)
      for number in 0..<50 {
        if hasCopy {
          try writer.append(Sample.classified(number), evidence: copy, model: model)
          if number == 20 { try writer.append(Problem(.splitSequence, message: "of the copy"), evidence: copy) }
          try writer.append(CaptureNote(.comment, offset: number, value: "of the copy"), evidence: copy)
        }
        try writer.append(Sample.classified(number + 100), evidence: other, model: model)
        try writer.append(Problem(.damagedCapture, message: "of the other"), evidence: other)
        try writer.append(
          CaptureNote(.comment, offset: number, packet: 1, name: "packet", value: "of the other"), evidence: other)
      }
      #expect(try writer.evidence(withStreamDigest: Sample.digest(1)) == first)
      let takenBack = try writer.discardFlows(of: copy)
      #expect(takenBack == (hasCopy ? 1 : 0))
      var duplicate = try Sample.record("a.tar!/2.pcap", 1, flows: 0, status: .duplicate)
      duplicate.ledger = PacketLedger()
      try writer.closeEvidence(copy, as: duplicate, duplicateOf: first)
      try writer.append(Sample.classified(999), evidence: other, model: model)
      try writer.closeEvidence(other, as: Sample.record("a.tar!/3.pcap", 3, flows: 51), duplicateOf: nil)
      try writer.closeEvidence(
        archive, as: EvidenceRecord(path: "a.tar", format: "tar", status: .complete), duplicateOf: nil)
      try writer.commitUnit()
      try writer.finish()
    }
    #expect(try with.dump() == without.dump())
    #expect(try with.ask("SELECT count(*), max(flow_id) FROM flows") == ["101|101"])
    #expect(try with.ask("SELECT count(*), max(note_id), max(value) FROM capture_notes") == ["50|50|of the other"])
    #expect(try with.ask("PRAGMA foreign_key_check").isEmpty)
    #expect(
      try with.ask("SELECT path, duplicate_of FROM evidence WHERE status = 'duplicate'") == [
        "a.tar!/2.pcap|a.tar!/1.pcap"
      ])
    #expect(try with.ask("SELECT * FROM ledger_mismatch").isEmpty)
  }

  @Test func whatIsWrongWithASecondCopyStaysListed() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let model = try writer.register(model: Sample.model())
    let run = try writer.beginRun(Sample.run)
    try writer.beginUnit(run: run)
    let first = try writer.openEvidence(path: "1.pcap", parent: nil)
    try writer.closeEvidence(first, as: Sample.record("1.pcap", 1, flows: 0), duplicateOf: nil)
    let copy = try writer.openEvidence(path: "2.gz", parent: nil)
    try writer.append(Sample.classified(1), evidence: copy, model: model)
    try writer.append(Problem(.splitSequence, message: "goes on"), evidence: copy)
    try writer.append(Problem(.damagedCompression, bytesLost: 7, message: "bytes behind it"), evidence: copy)
    #expect(try writer.discardFlows(of: copy) == 1)
    var record = try Sample.record("2.gz", 1, flows: 0, status: .duplicate)
    record.ledger = PacketLedger()
    record.bytesLost = 7
    try writer.closeEvidence(copy, as: record, duplicateOf: first)
    try writer.commitUnit()
    try writer.finish()
    #expect(
      try scratch.ask("SELECT status, problems, bytes_lost, flows FROM evidence WHERE path = '2.gz'") == [
        "duplicate|1|7|0"
      ])
    #expect(try scratch.ask("SELECT problem_id, code FROM problems") == ["1|damaged_compression"])
    #expect(try scratch.ask("SELECT count FROM _counts WHERE \"table\" = 'problem'") == ["1"])
  }

  @Test func refusesToCommitOpenEvidence() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try writer.beginUnit(run: run)
    _ = try writer.openEvidence(path: "a.pcap", parent: nil)
    #expect(throws: StoreError(.misuse, "")) { try writer.commitUnit() }
    writer.abandonUnit()
  }

  @Test func refusesALabelTheModelDoesNotHave() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let model = try writer.register(model: Sample.model())
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
    let prediction = Prediction(probabilities: [1], predicted: 2, verdict: .label(2), attention: [])
    #expect(throws: StoreError(.misuse, "")) {
      try writer.append(
        ClassifiedFlow(flow: Sample.flow(1), classification: .model(prediction)), evidence: evidence, model: model)
    }
    #expect(throws: StoreError(.misuse, "")) { try writer.commitUnit() }
  }

  @Test func knowsWhatIsInTheCase() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: run, model: nil)
    let later = try writer.beginRun(Sample.run)
    let known = try writer.knownEvidence()
    #expect(known.map(\.path) == ["a.pcap"])
    #expect(known.first?.containerBytes == 1000)
    #expect(try known.first?.containerSHA256 == Sample.digest(0x81))
    #expect(known.first?.status == .complete)
    try writer.note(alreadyKnown: known[0].id, run: later)
    try writer.finish()
    #expect(
      try scratch.ask("SELECT run_id, outcome FROM run_evidence ORDER BY run_id") == ["1|read", "2|already_known"])
  }
}
