import Evidence
import Foundation
import Records
import Testing

/// Archives made by other programs than libarchive: see fixtures/containers.sh.
@Suite struct ArchiveTests {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures")
  static func archive(_ name: String) -> EvidencePath {
    EvidencePath(fixtures.appendingPathComponent("containers/\(name)").path)
  }
  static func capture(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: fixtures.appendingPathComponent("captures/\(name)")))
  }

  private func captures(in reading: Reading) -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for (node, bytes) in reading.bytes {
      found[String(reading.paths[node].split(separator: "/").last ?? "").replacing("!", with: "")] = bytes
    }
    return found
  }

  @Test(arguments: [
    ("solid.7z", "7z"), ("stored.cab", "cab"), ("mszip.cab", "cab"), ("rock-ridge.iso.gz", "gzip+iso9660"),
    ("joliet.iso.gz", "gzip+iso9660"), ("members.ar", "ar"), ("members.xar", "xar"), ("members.warc", "warc"),
    ("v7.tar.gz", "gzip+tar"),
  ])
  func everyKindOfArchiveGivesItsCaptures(name: String, format: String) throws {
    let reading = Reading(Self.archive(name))
    #expect(reading.problems == [])
    #expect(reading.closings[0]?.format == format)
    #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(Array(try Data(contentsOf: Self.url(name)))))
    let expected = Set([try Self.capture("refused.pcap"), try Self.capture("vlan10.pcap")])
    #expect(Set(reading.bytes.values) == expected)
    for (node, bytes) in reading.bytes { #expect(reading.closings[node]?.streamSHA256 == Digest.sha256(bytes)) }
  }

  private static func url(_ name: String) -> URL { fixtures.appendingPathComponent("containers/\(name)") }

  @Test func namesAreUTF8WhateverTheLocale() {
    for name in ["solid.7z", "aes256.zip", "mszip.cab", "members.ar"] {
      let paths = Reading(Self.archive(name), passwords: ["secret"]).paths
      #expect(paths.contains { $0.hasSuffix("zwei-ä.pcap") }, "\(paths)")
    }
  }

  @Test(arguments: [("one.pcap.lz", "lzip"), ("one.pcap.lzma", "lzma"), ("one.pcap.Z", "compress")])
  func everyKindOfCompressionGivesItsCapture(name: String, format: String) throws {
    let reading = Reading(Self.archive(name))
    #expect(reading.problems == [])
    #expect(reading.closings[0]?.format == "\(format)+pcap")
    #expect(reading.bytes[0] == (try Self.capture("refused.pcap")))
  }

  @Test func rarOfBothGenerationsIsOpened() {
    let fifth = Reading(Self.archive("rar5-crc.rar"))
    #expect(fifth.problems == [])
    #expect(fifth.closings[1]?.format == "text" && fifth.closings[1]?.isOrdinary == true)
    #expect(fifth.paths.dropFirst().map { $0.suffix(10) } == ["stest1.txt", "stest2.txt"])
    // The second is stored: both are 2048 bytes of the same text.
    #expect(fifth.closings[1]?.containerBytes == 2048)
    #expect(fifth.closings[1]?.containerSHA256 == fifth.closings[2]?.containerSHA256)
    let third = Reading(Self.archive("rar3-subdirs.rar"))
    #expect(third.closings[0]?.format == "rar")
    #expect(third.problems == [])
    #expect(third.paths.contains { $0.hasSuffix("!/sub/üȵĩöḋè/file.txt") })
    #expect(third.closings[1]?.containerSHA256 == Digest.sha256(Array("file2\n".utf8)))
  }

  @Test func aSolidRarIsBeyondLibarchiveAndSaidToBe() {
    let reading = Reading(Self.archive("rar3-solid.rar"))
    #expect(!reading.problems.isEmpty)
    #expect(reading.problems.contains { $0.message.contains("unpack it, with its password") })
    #expect(reading.closings[0]?.containerSHA256 != nil)
    let encrypted = Reading(Self.archive("rar5-psw.rar"), passwords: ["password"])
    #expect(
      encrypted.bytes.isEmpty && encrypted.problems.contains { $0.message.contains("unpack it, with its password") })
  }

  @Test(arguments: ["encrypted-data.7z", "encrypted-names.7z"])
  func encryptionThatIsNotSupportedIsSaidToBe(name: String) {
    let reading = Reading(Self.archive(name), passwords: ["secret", "password"])
    #expect(reading.bytes.isEmpty)
    #expect(!reading.problems.isEmpty)
    for problem in reading.problems {
      #expect(problem.code == .encrypted)
      #expect(problem.message.contains("not supported"), "\(problem.message)")
      #expect(!problem.message.contains("--password-file"))
    }
    #expect(reading.closings[0]?.containerSHA256 != nil)
  }

  @Test func aSevenZipInsideAnotherLayerIsHeldInMemoryUpToABound() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("a.7z", Array(try Data(contentsOf: Self.url("solid.7z"))))
    try scratch.run("tar cf a.tar a.7z; gzip -k a.7z")
    for (name, node) in [("a.tar", 2), ("a.7z.gz", 1)] {
      let reading = Reading(scratch.path(name))
      #expect(reading.problems == [])
      #expect(reading.bytes[node] == (try Self.capture("refused.pcap")))
    }
    var limits = EvidenceLimits()
    limits.heldBytes = 1000
    let refused = Reading(scratch.path("a.7z.gz"), limits: limits)
    #expect(refused.problems.map(\.code) == [.limitReached])
    #expect(refused.closings[0]?.format == "gzip+7z")
    #expect(refused.closings[0]?.containerSHA256 != nil)
  }

  @Test(arguments: ["solid.7z", "mszip.cab", "members.xar", "rar5-crc.rar", "aes256.zip", "members.warc", "members.ar"])
  func everyTruncationAndEveryChangedByteIsSurvived(name: String) throws {
    let scratch = try ScratchDirectory()
    let original = Array(try Data(contentsOf: Self.url(name)))
    for length in stride(from: 0, to: original.count, by: 37) {
      let cut = Array(original[..<length])
      let reading = Reading(try scratch.write("cut", cut), passwords: ["secret"])
      #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(cut))
      var changed = original
      changed[length] ^= 0xff
      let other = Reading(try scratch.write("changed", changed), passwords: ["secret"])
      #expect(other.closings[0]?.containerSHA256 == Digest.sha256(changed))
      #expect(other.closings.count == other.paths.count)
    }
  }

  @Test func aTruncatedZipOrTarKeepsWhatIsThere() throws {
    let scratch = try ScratchDirectory()
    let noisy = noise(300_000)
    try scratch.write("x", noisy)
    try scratch.run("tar cf a.tar x; zip -q0 a.zip x")
    for name in ["a.tar", "a.zip"] {
      let whole = try scratch.read(name)
      for cut in [1000, 12_345, 262_144, 299_000] {
        let reading = Reading(try scratch.write("cut", Array(whole[..<cut])))
        let kept = try #require(reading.bytes[1])
        #expect(noisy.starts(with: kept))
        #expect(kept.count > cut - 600 && reading.problems.contains { $0.code == .damagedArchive }, "\(name) \(cut)")
        #expect(reading.closings[1]?.containerSHA256 == nil, "a member that breaks off has no digest of its own")
        #expect(reading.closings[1]?.streamSHA256 == Digest.sha256(kept))
      }
    }
  }

  @Test func holesInASparseMemberAreZeros() throws {
    let scratch = try ScratchDirectory()
    let head = smallCapture(packets: 100)
    try scratch.write("x", head)
    try scratch.run(
      "printf end | dd of=x bs=1 seek=3000000 conv=notrunc status=none; truncate -s 5000000 x; tar --sparse -cf a.tar x"
    )
    #expect(try scratch.read("a.tar").count < 1_000_000)
    #expect(Reading(scratch.path("a.tar")).bytes[1] == (try scratch.read("x")))
  }
}

/// A pcap's header and bytes that hardly compress.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt64 = 88_172_645_463_325_252
  return smallCapture(packets: 0)
    + (24..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state >> 33)
    }
}
