import Evidence
import Foundation
import Records
import Testing

@Suite struct ZipPasswordTests {
  private let one = try? ArchiveTests.capture("refused.pcap")
  private let two = try? ArchiveTests.capture("vlan10.pcap")

  @Test(arguments: ["zipcrypto.zip", "zipcrypto-stored.zip", "aes256.zip", "aes128-stored.zip"])
  func thePasswordOpensWhereverItStandsInTheList(name: String) {
    for passwords in [["secret"], ["infected", "secret"], ["secret", "infected"]] {
      let reading = Reading(ArchiveTests.archive(name), passwords: passwords)
      #expect(reading.problems == [])
      #expect(reading.bytes[1] == one && reading.bytes[2] == two)
    }
  }

  /// libarchive alone takes such a password for right, and the member fails.
  @Test(arguments: ["zipcrypto", "zipcrypto-stored"])
  func aWrongPasswordThatPassesTheCheckByteIsSeenThrough(name: String) throws {
    let file = ArchiveTests.fixtures.appendingPathComponent("containers/\(name).wrong")
    let wrong = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(wrong.count == 3)
    let reading = Reading(ArchiveTests.archive("\(name).zip"), passwords: wrong + ["secret"])
    #expect(reading.problems == [])
    #expect(reading.bytes[1] == one && reading.bytes[2] == two)
    // And where none is right, nothing is made up.
    let locked = Reading(ArchiveTests.archive("\(name).zip"), passwords: wrong)
    #expect(locked.bytes.isEmpty)
    #expect(locked.problems.map(\.code) == [.encrypted, .encrypted])
  }

  @Test func membersMayHavePasswordsOfTheirOwnAndTheOrderStays() {
    let reading = Reading(ArchiveTests.archive("two-passwords.zip"), passwords: ["infected", "other", "secret"])
    #expect(reading.problems == [])
    #expect(
      reading.paths.map { $0.split(separator: "/").last } == [
        "two-passwords.zip", "one.pcap", "first.pcap", "zwei-ä.pcap",
      ])
    #expect(reading.bytes == [1: one, 2: one, 3: two].compactMapValues { $0 })
  }

  @Test func whatNoPasswordOpensIsARowThatSaysWhatToDo() throws {
    let reading = Reading(ArchiveTests.archive("two-passwords.zip"), passwords: ["secret"])
    #expect(reading.bytes == [1: one, 2: one].compactMapValues { $0 })
    #expect(reading.problems.count == 1)
    #expect(reading.problems[0].message.contains("'sub/zwei-ä.pcap'"))
    #expect(reading.problems[0].message.contains("--password-file"))
    let closing = try #require(reading.closings[3])
    #expect(closing.containerSHA256 == nil && closing.streamSHA256 == nil && closing.format.isEmpty)
  }

  @Test(arguments: ["zipcrypto.zip", "aes256.zip"])
  func anEncryptedZipInsideAnotherLayerIsOpenedToo(name: String) throws {
    let scratch = try ScratchDirectory()
    try scratch.write(
      "a.zip", Array(try Data(contentsOf: ArchiveTests.fixtures.appendingPathComponent("containers/\(name)"))))
    try scratch.run("tar cf a.tar a.zip")
    let reading = Reading(scratch.path("a.tar"), passwords: ["wrong11", "wrong27", "secret"])
    #expect(reading.problems == [])
    #expect(reading.bytes[2] == one && reading.bytes[3] == two)
  }

  @Test func theRightPasswordKeepsWhatADamagedMemberStillHas() throws {
    let scratch = try ScratchDirectory()
    let whole = Array(
      try Data(contentsOf: ArchiveTests.fixtures.appendingPathComponent("containers/zipcrypto-stored.zip")))
    let reading = Reading(try scratch.write("cut.zip", Array(whole[..<4000])), passwords: ["infected", "secret"])
    #expect(reading.bytes[1] == one)
    let kept = try #require(reading.bytes[2])
    #expect(kept.count > 2000 && two?.starts(with: kept) == true)
    #expect(reading.problems.contains { $0.code == .damagedArchive })
  }
}
