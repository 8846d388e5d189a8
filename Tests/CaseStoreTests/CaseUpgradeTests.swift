import CaseStore
import Foundation
import Records
import Testing

@Suite struct CaseUpgradeTests {
  /// A case that an older version wrote, of two of the shipped captures with the model shipped then.
  private func old(_ version: Int = 1) throws -> ScratchCase {
    let scratch = try ScratchCase()
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("fixtures/cases/version-\(version).db")
    try FileManager.default.copyItem(atPath: fixture.path, toPath: scratch.path)
    return scratch
  }

  @Test func anOlderCaseIsRefusedWithTheWayOut() throws {
    let scratch = try old()
    do {
      _ = try scratch.reader()
      Issue.record("it was opened")
    } catch let error as StoreError {
      #expect(error.code == .olderVersion)
      #expect(error.message.contains("flowcase upgrade"))
    }
  }

  @Test(arguments: [1, 2, 3, 4]) func anUpgradedCaseAnswersEverything(version: Int) throws {
    let scratch = try old(version)
    #expect(try CaseUpgrade.run(path: scratch.path, hash: ScratchCase.hash) == (from: Int64(version), to: 5))
    #expect(try CaseUpgrade.run(path: scratch.path, hash: ScratchCase.hash) == (from: 5, to: 5))
    #expect(try scratch.ask("PRAGMA user_version") == ["5"])
    #expect(try scratch.ask("SELECT value FROM case_info WHERE name = 'schema_version'") == ["5"])
    let rates = "SELECT count(*) FROM label_error_rates WHERE flows_tested_new_captures > 0"
    // The model files of the first two say one rate for all their labels, that of the third one for each that was given.
    #expect(try scratch.ask(rates) == [version >= 3 ? "2" : "12"])
    #expect(try scratch.ask("SELECT count FROM _counts WHERE \"table\" = 'flow'") == ["11"])
    #expect(try scratch.ask("SELECT sum(flows) FROM labels_by_evidence") == ["11"])
    #expect(try scratch.ask("SELECT sum(flows) FROM conversations") == ["11"])
    #expect(
      try scratch.ask("SELECT sum(flows) FROM labels_by_host")
        == scratch.ask("SELECT sum(flows_originated + flows_answered) FROM host"))
    #expect(
      try scratch.ask("SELECT count(*) FROM prediction WHERE attention IS NOT NULL AND attention_peak IS NULL") == ["0"]
    )
    #expect(try scratch.ask("SELECT count(*) FROM attention WHERE mean > 1 OR mean < 0") == ["0"])
    // Each label is a class of its own, and what was given stays what it was.
    #expect(
      try scratch.ask("SELECT name, class_position FROM model_label ORDER BY position")
        == scratch.ask("SELECT name, position FROM model_class ORDER BY position"))
    #expect(
      try scratch.ask(
        """
        SELECT count(*) FROM prediction WHERE class_position IS NOT label_position
          OR label_level IS NOT CASE WHEN is_abstained = 0 THEN 'full' END
        """) == ["0"])
    #expect(
      try scratch.ask("SELECT label, count(*) FROM flows GROUP BY 1")
        == scratch.ask("SELECT label, flows FROM label_summary ORDER BY 1"))
    #expect(try scratch.ask("SELECT event FROM audit ORDER BY seq DESC LIMIT 1") == ["case_upgraded"])
  }

  @Test(arguments: [1, 2, 3, 4]) func aSchemaThatWasUpgradedIsThatOfANewCase(version: Int) throws {
    let upgraded = try old(version), new = try ScratchCase()
    _ = try CaseUpgrade.run(path: upgraded.path, hash: ScratchCase.hash)
    try new.writer().finish()
    let sql = "SELECT type, name, tbl_name FROM sqlite_schema ORDER BY type, name"
    #expect(try upgraded.ask(sql) == new.ask(sql))
    for table in try new.ask("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')") {
      let columns = "SELECT name, type, \"notnull\", pk FROM pragma_table_info('\(table)')"
      #expect(try upgraded.ask(columns) == new.ask(columns), "\(table)")
    }
  }

  /// The CHECK of a table is changed in the text of the schema.
  @Test(arguments: [1, 2, 3, 4]) func theChecksOfAnUpgradedCaseAreThoseOfANewOne(version: Int) throws {
    let upgraded = try old(version), new = try ScratchCase()
    _ = try CaseUpgrade.run(path: upgraded.path, hash: ScratchCase.hash)
    try new.writer().finish()
    for scratch in [upgraded, new] {
      #expect(try scratch.ask("PRAGMA integrity_check") == ["ok"])
      #expect(try scratch.ask("PRAGMA writable_schema") == ["0"])
      let allowed =
        "SELECT sql LIKE '%CHECK (status IN (''complete'', ''partial'', ''rejected'', ''duplicate'', ''ignored''))%' FROM sqlite_schema WHERE name = 'evidence_item'"
      #expect(try scratch.ask(allowed) == ["1"])
    }
    let writer = try upgraded.writer()
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let evidence = try writer.openEvidence(path: "notes.txt", parent: nil)
    try writer.closeEvidence(
      evidence, as: EvidenceRecord(path: "notes.txt", format: "text", status: .ignored), duplicateOf: nil)
    try writer.commitUnit()
    try writer.finish()
    #expect(try upgraded.ask("SELECT count(*) FROM evidence WHERE status = 'ignored'") == ["1"])
  }

  @Test func whatIsNoCaseIsLeftAsItIs() throws {
    let scratch = try ScratchCase()
    try Data("no database".utf8).write(to: URL(fileURLWithPath: scratch.path))
    #expect(throws: StoreError(.notACase, "")) { try CaseUpgrade.run(path: scratch.path, hash: ScratchCase.hash) }
    #expect(try String(contentsOfFile: scratch.path, encoding: .utf8) == "no database")
    #expect(throws: StoreError(.cannotOpen, "")) {
      try CaseUpgrade.run(path: scratch.path + ".none", hash: ScratchCase.hash)
    }
  }
}
