import Evidence
import Foundation
import Records
import Testing

@Suite struct EvidenceReaderTests {
  let capture = smallCapture(packets: 5000)

  @Test(arguments: [
    ("gzip -k x", "x.gz", "gzip+pcap"), ("zstd -q x", "x.zst", "zstd+pcap"),
    ("zstd -q --long=27 x", "x.zst", "zstd+pcap"),
    ("xz -k x", "x.xz", "xz+pcap"), ("bzip2 -k x", "x.bz2", "bzip2+pcap"),
    ("cat x | gzip | zstd -q > y", "y", "zstd+gzip+pcap"),
    ("head -c 100000 x | gzip > y; tail -c +100001 x | gzip >> y", "y", "gzip+pcap"),
    ("head -c 100000 x | zstd -q > y; tail -c +100001 x | zstd -q >> y", "y", "zstd+pcap"),
  ])
  func compressionIsUndone(command: String, name: String, format: String) throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", capture)
    try scratch.run(command)
    let reading = Reading(scratch.path(name))
    #expect(reading.problems == [])
    #expect(reading.bytes[0] == capture)
    let closing = try #require(reading.closings[0])
    #expect(closing.format == format)
    #expect(closing.streamSHA256 == Digest.sha256(capture))
    #expect(closing.containerSHA256 == Digest.sha256(try scratch.read(name)))
  }

  @Test func digestAgreesWithSha256sum() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write("x", capture)
    try scratch.run("sha256sum x | cut -c1-64 > sum")
    let expected = String(decoding: try scratch.read("sum"), as: UTF8.self).trimmingCharacters(in: .newlines)
    #expect(Reading(path).closings[0]?.containerSHA256?.description == expected)
  }

  @Test(arguments: [("gzip -c x", 300), ("zstd -q -c x", 300), ("xz -c x", 100), ("bzip2 -1 -c x", 500)])
  func truncatedCompressionKeepsWhatWasDecompressed(command: String, cut: Int) throws {
    let scratch = try ScratchDirectory()
    // Pseudo-random content, so that the compressed form is long enough to break in the middle.
    var generator = SystemRandomNumberGenerator()
    let noisy = capture.prefix(24) + (0..<400_000).map { _ in UInt8.random(in: 0...63, using: &generator) }
    try scratch.write("x", Array(noisy))
    try scratch.run("\(command) | head -c -\(cut * 100) > broken")
    let reading = Reading(scratch.path("broken"))
    #expect(reading.problems.map(\.code) == [.damagedCompression])
    let kept = try #require(reading.bytes[0])
    #expect(!kept.isEmpty && noisy.starts(with: kept))
    #expect(reading.problems[0].offset == kept.count)
    #expect(reading.closings[0]?.containerSHA256 != nil)
  }

  @Test func damagedGzipKeepsEveryByteBeforeTheDamage() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", capture)
    try scratch.run("gzip -k x")
    var gzip = try scratch.read("x.gz")
    gzip.replaceSubrange(gzip.count / 2..<gzip.count / 2 + 8, with: [UInt8](repeating: 0xff, count: 8))
    let reading = Reading(try scratch.write("y", gzip))
    #expect(reading.problems.map(\.code) == [.damagedCompression])
    #expect(capture.starts(with: (reading.bytes[0] ?? []).prefix(capture.count / 3)))
  }

  @Test(arguments: [
    ("tar cf a x sub/x", "tar", ["x", "sub/x"]), ("tar czf a x sub/x", "gzip+tar", ["x", "sub/x"]),
    ("find x sub/x | cpio -o -H newc > a 2>/dev/null", "cpio", ["x", "sub/x"]),
    ("python3 -m zipfile -c a x sub/x", "zip", ["x", "x"]),
  ])
  func archivesAreOpened(command: String, format: String, members: [String]) throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", capture)
    try scratch.write("sub/x", smallCapture(packets: 3))
    do { try scratch.run(command) } catch { return }  // the archiver is not on this machine
    let reading = Reading(scratch.path("a"))
    #expect(reading.problems == [])
    #expect(reading.closings[0]?.format == format)
    #expect(reading.bytes[1] == capture)
    #expect(reading.bytes[2] == smallCapture(packets: 3))
    #expect(reading.paths.dropFirst().allSatisfy { $0.hasPrefix("\(scratch.path("a"))!/") })
  }

  @Test func archivesInArchivesAreBounded() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("a0", capture)
    try scratch.run("for i in 0 1 2 3 4 5 6 7 8 9; do tar cf a$((i+1)) a$i; done")
    #expect(Reading(scratch.path("a5")).bytes[5] == capture)
    let deep = Reading(scratch.path("a10"))
    #expect(deep.problems.map(\.code) == [.limitReached])
    #expect(deep.bytes.isEmpty)
  }

  @Test func whatIsNoCaptureIsNamed() throws {
    let scratch = try ScratchDirectory()
    let text = Reading(try scratch.write("notes.pcap", Array("not a capture\n".utf8)))
    #expect(text.problems.map(\.code) == [.notACapture])
    #expect(text.problems.first?.message.contains("has the name of a capture and is none") == true)
    #expect(text.closings[0]?.containerSHA256 == Digest.sha256(Array("not a capture\n".utf8)))
    #expect(Reading(try scratch.write("empty.pcap", [])).problems.map(\.code) == [.empty])
    #expect(Reading(scratch.path("absent")).problems.map(\.code) == [.unreadable])
  }

  @Test func everySingleByteOfAnyHeaderMayLie() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 4))
    try scratch.run("gzip -k x; zstd -q x; tar cf x.tar x; python3 -m zipfile -c x.zip x; xz -k x")
    for name in ["x.gz", "x.zst", "x.tar", "x.zip", "x.xz"] {
      let original = try scratch.read(name)
      for index in stride(from: 0, to: min(original.count, 600), by: 3) {
        var changed = original
        changed[index] ^= 0xff
        let reading = Reading(try scratch.write("changed", changed))
        #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(changed))
      }
    }
  }
}
