import CaseStore
import Foundation
import Records
import Testing

@Suite struct CaseWriterTests {
  @Test func leavesOneFileThatIsACase() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    let model = try writer.register(model: Sample.model())
    try Sample.add("a.pcap", 1, flows: 0..<8, to: writer, run: run, model: model)
    try writer.finishRun(run, exitStatus: 0, finishedAt: "2024-05-01T01:00:00Z")
    try writer.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.directory.path) == ["case.db"])
    #expect(try scratch.ask("PRAGMA application_id") == ["1178812755"])
    #expect(try scratch.ask("PRAGMA user_version") == ["5"])
    #expect(try scratch.ask("PRAGMA integrity_check") == ["ok"])
    #expect(try scratch.ask("PRAGMA foreign_key_check").isEmpty)
    #expect(try scratch.ask("SELECT exit_status, arguments FROM run") == [#"0|["scan","a \"quoted\" name"]"#])
  }

  @Test func registersAModelOnce() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let first = try writer.register(model: Sample.model(1))
    let second = try writer.register(model: Sample.model(2))
    #expect(try writer.register(model: Sample.model(1)) == first)
    #expect(second > first)
  }

  @Test func refusesAFileThatIsNoCase() throws {
    let scratch = try ScratchCase()
    try Data("not a database, but long enough to look at: \(String(repeating: "x", count: 200))".utf8)
      .write(to: URL(fileURLWithPath: scratch.path))
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
    #expect(throws: StoreError(.notACase, "")) { try scratch.writer() }
    #expect(throws: StoreError(.notACase, "")) { try scratch.reader() }
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path)) == before)
  }

  @Test func refusesAnotherProgramsDatabase() throws {
    let scratch = try ScratchCase()
    try scratch.writer().finish()
    try Patch.bytes([0, 0, 0, 7], at: 68, of: scratch.path)
    #expect(throws: StoreError(.notACase, "")) { try scratch.writer() }
  }

  @Test(arguments: [(UInt8(6), StoreError.Code.newerVersion), (4, .olderVersion), (0, .olderVersion)])
  func refusesOtherVersions(version: UInt8, code: StoreError.Code) throws {
    let scratch = try ScratchCase()
    try scratch.writer().finish()
    try Patch.bytes([0, 0, 0, version], at: 60, of: scratch.path)
    #expect(throws: StoreError(code, "")) { try scratch.writer() }
    #expect(throws: StoreError(code, "")) { try scratch.reader() }
  }

  @Test func saysWhereItCannotBeCreated() throws {
    let error = #expect(throws: StoreError.self) {
      try CaseWriter(path: "/nowhere/at/all/case.db", hash: ScratchCase.hash)
    }
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.contains("/nowhere/at/all/case.db") == true)
  }

  @Test func keepsASecondWriterOut() throws {
    let scratch = try ScratchCase()
    let first = try scratch.writer()
    #expect(throws: StoreError(.inUse, "")) { try scratch.writer() }
    try first.finish()
    try scratch.writer().finish()
  }

  @Test func finishesWhileSomeoneReads() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: writer.beginRun(Sample.run), model: nil)
    let reader = try scratch.reader()
    #expect(try reader.rows("SELECT count(*) FROM flows") == [[.integer(3)]])
    #expect(throws: StoreError(.inUse, "")) { try writer.finish() }
    #expect(try reader.rows("SELECT count(*) FROM flows") == [[.integer(3)]])
  }

  @Test func takesANameThatLooksLikeAURI() throws {
    let scratch = try ScratchCase()
    let path = scratch.directory.appendingPathComponent("file:a?mode=memory#%41.db").path
    try CaseWriter(path: path, hash: ScratchCase.hash).finish()
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(try CaseReader(path: path).rows("SELECT count(*) FROM flows") == [[.integer(0)]])
  }

  @Test func saysThatTheDiskIsFullAndGoesOn() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer(pageLimit: 80)
    let run = try writer.beginRun(Sample.run)
    try Sample.add("small.pcap", 1, flows: 0..<5, to: writer, run: run, model: nil)
    #expect(throws: StoreError(.full, "")) {
      try Sample.add("large.pcap", 2, flows: 0..<5000, to: writer, run: run, model: nil)
    }
    #expect(throws: StoreError(.misuse, "")) { try writer.commitUnit() }
    writer.abandonUnit()
    try Sample.add("third.pcap", 3, flows: 0..<5, to: writer, run: run, model: nil)
    try writer.close()
    #expect(try scratch.ask("SELECT path, flows FROM evidence") == ["small.pcap|5", "third.pcap|5"])
  }
}

/// Changes bytes of a file, as damage would.
enum Patch {
  static func bytes(_ bytes: [UInt8], at offset: UInt64, of path: String) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: bytes)
    try file.close()
  }
}
