import Engine
import Foundation
import Testing

@Suite struct OutputFileTests {
  private let scratch: ScratchDirectory
  private let kind = OutputKind.unmarked("an earlier output")

  init() throws { scratch = try ScratchDirectory() }

  private func plan(_ name: String) throws -> PlannedOutput {
    try OutputGuard(isForced: true).plan(scratch.path(name), kind)
  }

  @Test func theOlderFileStaysUntilTheNewOneIsWhole() throws {
    try scratch.write("out", "old")
    do {
      let file = try OutputFile(plan("out"))
      try file.write(Array("half".utf8))
      #expect(try scratch.text("out") == "old")
    }
    #expect(try scratch.names() == ["out"])
    #expect(try scratch.text("out") == "old")
    let file = try OutputFile(plan("out"))
    try file.write(Array("new".utf8))
    file.rest()
    try file.write(Array(" and whole".utf8))
    try file.commit()
    #expect(try scratch.text("out") == "new and whole")
    #expect(try scratch.names() == ["out"])
  }

  @Test func anotherFileThatComesMeanwhileStays() throws {
    let file = try OutputFile(plan("out"))
    try file.write(Array("new".utf8))
    try scratch.write("out", "somebody's")
    #expect(throws: OutputError(.exists, "")) { try file.commit() }
    file.abandon()
    #expect(try scratch.text("out") == "somebody's")
    #expect(try scratch.names() == ["out"])
  }

  @Test func throughALinkTheFileItNamesIsReplacedAndStaysPrivate() throws {
    try scratch.write("target", "old")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: scratch.path("target"))
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "target")
    try OutputFile(plan("link")).writeWhole(Array("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("link")) == "target")
    #expect(try scratch.text("target") == "new")
    let mode = try FileManager.default.attributesOfItem(atPath: scratch.path("target"))[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func aHardLinkOfTheOlderFileKeepsWhatItHad() throws {
    try scratch.write("out", "old")
    try FileManager.default.linkItem(atPath: scratch.path("out"), toPath: scratch.path("other"))
    try OutputFile(plan("out")).writeWhole(Array("new".utf8))
    #expect(try scratch.text("other") == "old")
    #expect(try scratch.text("out") == "new")
  }

  @Test func aFullDeviceIsToldAndTheOlderFileStays() throws {
    let full = try OutputFile(OutputGuard().plan("/dev/full", kind))
    #expect(throws: OutputError(.cannotWrite, "")) { try full.writeWhole([1, 2, 3]) }
  }

  @Test func whatIsMadeUnderANameOfItsOwnComesToItsPlaceOrGoes() throws {
    let planned = try OutputGuard().plan(scratch.path("case.db"), .mergedCase)
    do {
      let half = try UnfinishedName(planned)
      for companion in ["", "-wal", "-shm"] { try Data([1]).write(to: URL(fileURLWithPath: half.path + companion)) }
    }
    #expect(try scratch.names().isEmpty)
    let whole = try UnfinishedName(planned)
    try Data([1]).write(to: URL(fileURLWithPath: whole.path))
    try whole.commit()
    #expect(try scratch.names() == ["case.db"])
    #expect(throws: OutputError(.cannotWrite, "")) {
      _ = try UnfinishedName(OutputGuard().plan("/dev/null", .mergedCase))
    }
  }

  @Test func filesOfADirectoryGetTheirNamesTogether() throws {
    let directory = try OutputDirectory(scratch.path("d"), OutputGuard())
    let first = try directory.open("a.csv", kind), second = try directory.open("b.csv", kind)
    try first.write([0x61])
    try second.write([0x62])
    #expect(try scratch.names("d").allSatisfy { $0.hasPrefix(".flowcase-") })
    try directory.commit()
    #expect(try scratch.names("d") == ["a.csv", "b.csv"])
    #expect(throws: OutputError(.exists, "")) { try directory.check("a.csv", kind) }
    try directory.check("c.csv", kind)
  }
}
