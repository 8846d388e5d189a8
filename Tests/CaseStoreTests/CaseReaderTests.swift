import CaseStore
import Foundation
import Records
import Testing

@Suite struct CaseReaderTests {
  private func finished() throws -> ScratchCase {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: writer.beginRun(Sample.run), model: nil)
    try writer.finish()
    return scratch
  }

  @Test func saysThatThereIsNoCase() throws {
    let error = #expect(throws: StoreError.self) { try CaseReader(path: "/nowhere/case.db") }
    #expect(error?.code == .cannotOpen)
  }

  @Test(arguments: [
    "DELETE FROM flow", "UPDATE flow SET proto = 'x'", "INSERT INTO case_info VALUES ('a', 'b')", "DROP VIEW flows",
    "CREATE TEMP TABLE t (a)", "PRAGMA user_version = 9", "VACUUM", "VACUUM INTO '/tmp/copy.db'",
    "ATTACH '/tmp/other.db' AS other", "DETACH main", "BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT s", "REINDEX",
    "SELECT 1; SELECT 2", "SELECT 1; nonsense", "WITH x AS (SELECT 1) DELETE FROM flow", "DELETE FROM flow RETURNING *",
  ])
  func refusesWhatDoesNotOnlyRead(sql: String) throws {
    let scratch = try finished()
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
    #expect(throws: StoreError(.refusedQuery, "")) { try scratch.reader().rows(sql) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path)) == before)
  }

  @Test(arguments: [
    "SELECT 1;", "SELECT 1 ; -- and no more", "  SELECT 1", "EXPLAIN QUERY PLAN SELECT 1", "VALUES (1)",
  ])
  func answersOneStatement(sql: String) throws {
    #expect(try finished().reader().rows(sql).count == 1)
  }

  @Test func passesOnWhatSQLiteSays() throws {
    let scratch = try finished()
    let error = #expect(throws: StoreError.self) { try scratch.reader().rows("SELECT colour FROM flows") }
    #expect(error?.code == .badQuery)
    #expect(error?.message == "the case '\(scratch.path)' could not answer: no such column: colour")
    #expect(throws: StoreError(.badQuery, "")) { try scratch.reader().rows(" -- nothing at all") }
  }

  @Test func streamsRowsAndNamesColumnsOfAnEmptyAnswer() throws {
    let reader = try finished().reader()
    var columns: [String] = []
    try reader.query("SELECT proto, orig_port FROM flows WHERE false") {
      columns = $0
    } row: { _ in
    }
    #expect(columns == ["proto", "orig_port"])
    var ports: [[SQLValue]] = []
    try reader.query("SELECT orig_port FROM flows WHERE flow_id > ?", arguments: [.integer(1)]) { _ in
    } row: {
      ports.append($0)
    }
    #expect(ports == [[.integer(40_000)], [.integer(40_000)]])
  }

  @Test func passesOnWhatTheCallerThrows() throws {
    struct Enough: Error {}
    let reader = try finished().reader()
    #expect(throws: Enough.self) {
      try reader.query("SELECT * FROM flows") { _ in
      } row: { _ in
        throw Enough()
      }
    }
    #expect(try reader.rows("SELECT count(*) FROM flows") == [[.integer(3)]])
  }

  @Test func readsWhileAScanWrites() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: run, model: nil)
    let reader = try scratch.reader()
    #expect(try reader.rows("SELECT count(*) FROM flows") == [[.integer(3)]])
    try Sample.add("b.pcap", 2, flows: 0..<3, to: writer, run: run, model: nil)
    #expect(try reader.rows("SELECT count(*) FROM flows") == [[.integer(6)]])
  }

  @Test func keepsTextOfAnyKind() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
    for name in ["", "a\0b", "'); DROP TABLE flow; --", "\u{1b}[2J", "ümläut \u{1F600}"] {
      try writer.append(
        ClassifiedFlow(flow: Sample.flow(1, serverName: name), classification: .none), evidence: evidence, model: nil)
    }
    try writer.closeEvidence(evidence, as: Sample.record("a.pcap", 1, flows: 5), duplicateOf: nil)
    try writer.commitUnit()
    #expect(
      try scratch.ask("SELECT server_name FROM flows") == [
        "", "a\\x00b", "'); DROP TABLE flow; --", "\u{1b}[2J", "ümläut \u{1F600}",
      ])
  }
}
