import Evidence
import Foundation
import Records
import Testing

/// Files that are not at rest, and files the system cannot read.
@Suite struct EvidenceFileTests {
  private let content = smallCapture(packets: 40_000)

  /// Reads a file of several chunks and does something to it after the first.
  private func read(_ path: EvidencePath, meanwhile change: @escaping () throws -> Void) -> Reading {
    var isDone = false
    return Reading(path) { _ in
      if !isDone { try? change() }
      isDone = true
    }
  }

  @Test func aFileThatGrowsIsReadAsLongAsItWas() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write("x", content)
    let reading = read(path) { try scratch.run("head -c 5000000 /dev/zero >> x") }
    #expect(reading.problems.map(\.code) == [.changedWhileRead])
    #expect(reading.bytes[0] == content)
    #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(content))
  }

  @Test func aFileThatShrinksIsReadAsFarAsItGoes() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write("x", content)
    let reading = read(path) { try scratch.run("truncate -s 1100000 x") }
    #expect(reading.problems.map(\.code) == [.changedWhileRead])
    #expect(reading.bytes[0] == Array(content.prefix(1_100_000)))
  }

  @Test(arguments: ["rm x", "mv x y", "mv x y; cp y x", "cp x y; mv y x"])
  func aFileThatIsRemovedOrReplacedIsReadAsItWasOpened(command: String) throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write("x", content)
    let reading = read(path) { try scratch.run(command) }
    #expect(reading.problems.map(\.code) == [.changedWhileRead])
    #expect(reading.bytes[0] == content)
  }

  @Test func aSevenZipThatChangesBetweenItsPassesIsTold() throws {
    let scratch = try ScratchDirectory()
    let bytes = Array(try Data(contentsOf: ArchiveTests.fixtures.appendingPathComponent("containers/solid.7z")))
    let path = try scratch.write("x.7z", bytes)
    let reading = read(path) { try scratch.run("head -c 600 /dev/zero > x.7z") }
    #expect(reading.problems.contains { $0.code == .changedWhileRead })
  }

  @Test func aFileThatIsGoneIsUnreadable() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", content)
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)])
    try scratch.run("rm x")
    #expect(Reading(plan[0].path).problems.map(\.code) == [.unreadable])
  }

  /// A process's own memory is a regular file whose first page no one can read.
  @Test func anErrorOfTheDiskIsToldWithItsOffset() {
    let reading = Reading(EvidencePath("/proc/self/mem"))
    #expect(reading.problems.map(\.code) == [.unreadable])
    #expect(reading.problems[0].message.contains("at byte 0"))
    #expect(reading.closings[0]?.containerSHA256 == nil)
    #expect(reading.closings[0]?.format == "")
  }

  @Test func filesThatSayTheyAreEmptyAreReadAllTheSame() {
    let reading = Reading(EvidencePath("/proc/self/cmdline"))
    #expect(reading.problems.map(\.code) == [.notACapture])
    #expect((reading.closings[0]?.containerBytes ?? 0) > 0)
  }

  @Test func holesAreZeros() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write("x", smallCapture(packets: 2))
    try scratch.run("truncate -s 3000000 x")
    #expect(Reading(path).bytes[0] == (try scratch.read("x")))
  }
}
