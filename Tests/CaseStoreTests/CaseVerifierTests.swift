import CaseStore
import Foundation
import Records
import Testing

/// What is done to a case behind the program's back must show, and be named.
@Suite struct CaseVerifierTests {
  private func finished() throws -> ScratchCase {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    var record = try Sample.model()
    record.metadataJSON = #"{"flowcase.labels":"[\"chat\",\"voip\"]","flowcase.threshold":"0.5"}"#
    let model = try writer.register(model: record)
    var run = Sample.run
    run.settings["model_sha256"] = try Sample.digest(0xaa).description
    let id = try writer.beginRun(run)
    try Sample.add("a.pcap", 1, flows: 0..<40, to: writer, run: id, model: model)
    try Sample.add("b.pcap", 2, flows: 40..<43, to: writer, run: id, model: model)
    try writer.finishRun(id, exitStatus: 0, finishedAt: "2024-05-01T01:00:00Z")
    try writer.finish()
    return scratch
  }

  private func wrong(_ scratch: ScratchCase) throws -> CaseVerifier.Finding? {
    try CaseVerifier(path: scratch.path, hash: ScratchCase.hash).findings().first { !$0.isSound }
  }

  @Test func anUntouchedCaseIsSound() throws {
    let scratch = try finished()
    let findings = try CaseVerifier(path: scratch.path, hash: ScratchCase.hash).findings()
    #expect(findings.filter { !$0.isSound } == [])
    #expect(
      findings.map(\.subject) == [
        "database", "audit chain", "references", "ledgers", "sums", "models", "files", "flows",
      ])
    #expect(findings.last?.message.contains("43 flows of 2 captures") == true)
  }

  @Test(arguments: [
    ("UPDATE flow SET resp_ip = '192.0.2.99' WHERE flow_id = 7", "flows", "'a.pcap'"),
    ("UPDATE flow SET server_name = '' WHERE flow_id = 42", "flows", "'b.pcap'"),
    ("UPDATE prediction SET confidence = 0.99 WHERE flow_id = 3", "flows", "'a.pcap'"),
    ("UPDATE prediction SET attention = '[1]' WHERE flow_id = 2", "flows", "'a.pcap'"),
    ("UPDATE prediction SET label_position = 1 - label_position WHERE flow_id = 3", "sums", "labelled"),
    ("DELETE FROM prediction WHERE flow_id = 5; DELETE FROM flow WHERE flow_id = 5", "sums", "'a.pcap' had 40 flows"),
    ("UPDATE evidence_item SET packets_not_ip = 0 WHERE evidence_id = 1", "ledgers", "'a.pcap'"),
    ("UPDATE evidence_item SET flows_sha256 = NULL WHERE evidence_id = 1", "flows", "missing"),
    ("UPDATE evidence_item SET container_sha256 = stream_sha256 WHERE evidence_id = 2", "files", "'b.pcap'"),
    ("UPDATE evidence_item SET path = 'c.pcap' WHERE evidence_id = 2", "files", "'c.pcap'"),
    ("UPDATE model SET threshold = 0.1", "models", "not what was registered"),
    ("UPDATE model_label SET name = name || 's'", "sums", "labelled"),
    (
      "UPDATE model_label SET name = name || 's'; UPDATE label_hour SET label = label || 's' WHERE label_source = 'model' AND label <> 'unknown'",
      "models", "not what was registered"
    ),
    ("UPDATE model SET metadata = '{\"a\":1}'", "models", "not what was registered"),
    ("DROP TRIGGER audit_is_not_updated; UPDATE audit SET detail = '{}' WHERE seq = 3", "audit chain", "entry 3"),
    ("DROP TRIGGER audit_is_not_deleted; DELETE FROM audit WHERE seq = 2", "audit chain", "entry 2"),
    ("DROP TRIGGER audit_is_not_deleted; DELETE FROM audit", "audit chain", "empty"),
    ("PRAGMA foreign_keys = OFF; UPDATE problem SET evidence_id = 77 WHERE problem_id = 1", "references", "'problem'"),
  ])
  func namesWhatIsWrong(sql: String, subject: String, words: String) throws {
    let scratch = try finished()
    #expect(try Shell.sqlite(scratch.path, sql) == 0)
    let finding = try #require(try wrong(scratch))
    #expect(finding.subject == subject, "\(finding)")
    #expect(finding.message.contains(words), "\(finding)")
  }

  @Test func rowsAndTheirDigestTogetherDoNotPass() throws {
    let scratch = try finished()
    // Whoever changes a row and makes its digest fit has the audit chain against them.
    let other = try finished()
    #expect(try Shell.sqlite(scratch.path, "UPDATE flow SET orig_bytes = 0 WHERE flow_id = 43") == 0)
    #expect(
      try Shell.sqlite(
        scratch.path,
        "ATTACH '\(other.path)' AS o; UPDATE evidence_item SET flows_sha256 = (SELECT flows_sha256 FROM o.evidence_item WHERE evidence_id = 1) WHERE evidence_id = 2"
      ) == 0)
    #expect(try wrong(scratch)?.subject == "flows")
  }

  @Test func aDamagedFileIsNotAskedFurther() throws {
    let scratch = try finished()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: scratch.path))
    let size = try file.seekToEnd()
    try file.seek(toOffset: size / 2)
    try file.write(contentsOf: Data(repeating: 0xee, count: 3000))
    try file.close()
    do {
      #expect(try wrong(scratch) != nil)
    } catch let error as StoreError {
      #expect(error.code == .damaged)
    }
  }
}
