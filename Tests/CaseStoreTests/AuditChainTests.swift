import CaseStore
import Foundation
import Records
import Testing

@Suite struct AuditChainTests {
  private func finished() throws -> ScratchCase {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: run, model: nil)
    try writer.finishRun(run, exitStatus: 0, finishedAt: "2024-05-01T01:00:00Z")
    try writer.finish()
    return scratch
  }

  @Test func tellsWhatWasDone() throws {
    let scratch = try finished()
    #expect(
      try scratch.ask("SELECT seq, event FROM audit ORDER BY seq") == [
        "1|case_created", "2|run_started", "3|evidence_added", "4|run_finished",
      ])
    #expect(
      try scratch.ask(
        "SELECT json_extract(detail, '$.path'), json_extract(detail, '$.flows') FROM audit WHERE seq = 3")
        == ["a.pcap|3"])
    #expect(try scratch.reader().firstBreakInAudit(hash: ScratchCase.hash) == nil)
  }

  @Test(arguments: [
    "UPDATE audit SET event = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 4",
    "INSERT INTO audit VALUES (9, '', '', '{}', '', '')",
    "INSERT OR REPLACE INTO audit VALUES (1, '', '', '{}', '', '')",
  ])
  func refusesToBeChanged(sql: String) throws {
    let scratch = try finished()
    #expect(try Shell.sqlite(scratch.path, sql) != 0)
    #expect(try scratch.reader().firstBreakInAudit(hash: ScratchCase.hash) == nil)
  }

  @Test func aChangeMadeByForceShows() throws {
    let scratch = try finished()
    #expect(
      try Shell.sqlite(
        scratch.path, "DROP TRIGGER audit_is_not_updated; UPDATE audit SET detail = '{}' WHERE seq = 3") == 0)
    #expect(try scratch.reader().firstBreakInAudit(hash: ScratchCase.hash) == 3)
  }
}

/// The database shell, as someone with another tool would use it.
enum Shell {
  /// - Returns: the exit status.
  static func sqlite(_ path: String, _ sql: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sqlite3", "-bail", path, sql]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
