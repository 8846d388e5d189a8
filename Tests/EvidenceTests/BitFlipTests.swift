import Evidence
import Foundation
import Records
import Testing

/// One bit of a container is flipped, in its first and last bytes and in some between: the captures in it come out with their bytes and
/// names, or there is a problem. What can change unseen is listed here and in docs/containers.md, byte for byte.
@Suite struct BitFlipTests {
  /// What no checksum covers.
  enum Unseen: String {
    /// Every changed bit of content or names is seen.
    case nothing
    /// Names and what else is in the headers of members, but not their content.
    case names
    /// Everything: the format, or this way of writing it, has no checksum over the content.
    case content
  }

  static let made: [(name: String, command: String, unseen: Unseen)] = [
    ("x.gz", "gzip -nk x", .nothing), ("x.zst", "zstd -q x", .nothing), ("x.xz", "xz -k x", .nothing),
    ("x.sha.xz", "xz -k --check=sha256 -c x > x.sha.xz", .nothing), ("x.bz2", "bzip2 -k x", .nothing),
    ("x.lz4", "lz4 -q x x.lz4", .nothing), ("stored.zip", "zip -qX0 stored.zip x sub/y", .nothing),
    ("deflated.zip", "zip -qX9 deflated.zip x sub/y", .nothing),
    ("streamed.zip", "cat x | zip -qX - - > streamed.zip", .nothing),
    ("x.crc.cpio", "printf 'x\\nsub/y\\n' | cpio -o -H crc > x.crc.cpio 2>/dev/null", .names),
    // The sum in a tar's header covers the header alone.
    ("x.tar", "tar cf x.tar x sub/y", .content),
    ("x.cpio", "printf 'x\\nsub/y\\n' | cpio -o -H newc > x.cpio 2>/dev/null", .content),
    ("x.nocheck.zst", "zstd -q --no-check x -o x.nocheck.zst", .content),
    ("x.nocheck.xz", "xz -k --check=none -c x > x.nocheck.xz", .content),
    ("x.nocheck.lz4", "lz4 -q --no-frame-crc x x.nocheck.lz4", .content),
  ]

  static let shipped: [(name: String, unseen: Unseen)] = [
    ("solid.7z", .nothing), ("members.xar", .nothing), ("one.pcap.lz", .nothing), ("v7.tar.gz", .nothing),
    ("rock-ridge.iso.gz", .nothing), ("aes256.zip", .nothing), ("aes128-stored.zip", .nothing),
    ("zipcrypto.zip", .nothing), ("zipcrypto-stored.zip", .nothing), ("rar5-crc.rar", .nothing),
    ("rar3-subdirs.rar", .nothing),
    // The blocks of a cabinet have checksums; its directory has none.
    ("mszip.cab", .content), ("stored.cab", .content),
    ("members.ar", .content), ("members.warc", .content), ("one.pcap.lzma", .content), ("one.pcap.Z", .content),
  ]

  @Test(arguments: made.indices) func whatAProgramWrites(index: Int) throws {
    let (name, command, unseen) = Self.made[index]
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 9))
    try scratch.write("sub/y", smallCapture(packets: 3))
    do { try scratch.run(command) } catch { return }  // the program is not on this machine
    try flip(try scratch.read(name), name, unseen, scratch)
  }

  @Test(arguments: shipped.indices) func whatIsAmongTheFixtures(index: Int) throws {
    let (name, unseen) = Self.shipped[index]
    let scratch = try ScratchDirectory()
    let url = ArchiveTests.fixtures.appendingPathComponent("containers/\(name)")
    try flip(Array(try Data(contentsOf: url)), name, unseen, scratch)
  }

  /// Every piece of evidence in a file: its name, and its content where it has one.
  private func content(_ reading: Reading) -> [String: SHA256Digest?] {
    var content: [String: SHA256Digest?] = [:]
    for (node, path) in reading.paths.enumerated() {
      let closing = reading.closings[node]
      content[node == 0 ? "" : path] = closing?.streamSHA256 ?? (node == 0 ? nil : closing?.containerSHA256)
    }
    return content
  }

  private func flip(_ original: [UInt8], _ name: String, _ unseen: Unseen, _ scratch: ScratchDirectory) throws {
    let expected = content(Reading(try scratch.write(name, original), passwords: ["secret"]))
    // Headers stand at the beginning and at the end. In between, a stride, and another bit each time.
    let edge = min(120, original.count / 2)
    let step = max(1, (original.count - 2 * edge) / 60) | 1
    let indices =
      Array(0..<edge) + stride(from: edge, to: original.count - edge, by: step)
      + Array(original.count - edge..<original.count)
    var changedUnseen: [Int] = []
    for (count, index) in indices.enumerated() {
      for bit in [(count * 5 + index) % 8] {
        var changed = original
        changed[index] ^= 1 << UInt8(bit)
        let reading = Reading(try scratch.write(name, changed), passwords: ["secret"])
        guard reading.problems.isEmpty else { continue }
        let found = content(reading)
        switch unseen {
        case .nothing: if found != expected { changedUnseen.append(index) }
        case .names:
          let same = Set(found.values.compactMap { $0 }) == Set(expected.values.compactMap { $0 })
          if !same { changedUnseen.append(index) }
        case .content: break
        }
      }
    }
    #expect(changedUnseen == [], "\(name) of \(original.count) bytes changed unseen")
  }

  /// Bytes behind the end are not read, whatever they are.
  @Test(arguments: ["x.tar", "x.cpio", "x.zip", "x.7z"]) func bytesBehindTheEndAreTold(name: String) throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 9))
    var whole: [UInt8]
    if name == "x.7z" {
      whole = Array(
        try Data(contentsOf: ArchiveTests.fixtures.appendingPathComponent("containers/solid.7z")))
    } else {
      try scratch.run("tar cf x.tar x; zip -q x.zip x; echo x | cpio -o -H newc > x.cpio 2>/dev/null")
      whole = try scratch.read(name)
    }
    let padded = Reading(try scratch.write("padded", whole + [UInt8](repeating: 0, count: name == "x.zip" ? 0 : 4096)))
    #expect(padded.problems == [], "\(name)")
    let followed = Reading(try scratch.write("followed", whole + Array("secret".utf8) + smallCapture(packets: 5)))
    #expect(followed.problems.map(\.code) == [.damagedArchive], "\(name)")
    #expect(followed.problems.first?.offset == whole.count)
    #expect(followed.problems.first?.bytesLost == 6 + smallCapture(packets: 5).count)
    #expect(followed.bytes[1] == padded.bytes[1])
  }

  /// A member that is passed over, since its header is damaged, and bytes that stand between members.
  @Test func aZipIsHeldToItsDirectory() throws {
    let scratch = try ScratchDirectory()
    for name in ["one", "two", "six"] { try scratch.write(name, smallCapture(packets: 4)) }
    try scratch.run("zip -qX0 x.zip one two six; tar cf x.tar x.zip")
    let whole = try scratch.read("x.zip")
    #expect(Reading(scratch.path("x.zip")).problems == [])
    let second = try #require((30..<whole.count).first { whole[$0..<$0 + 4].elementsEqual([0x50, 0x4b, 3, 4]) })
    var lost = whole
    lost[second + 2] ^= 1
    let missed = Reading(try scratch.write("lost.zip", lost))
    #expect(missed.paths.count == 3)
    #expect(missed.problems.contains { $0.message.contains("there is no member where its directory has 'two'") })
    #expect(missed.problems.contains { $0.message.contains("2 were met") })
    var hidden = whole
    hidden.insert(contentsOf: Array("hidden between members".utf8), at: second)
    let between = Reading(try scratch.write("hidden.zip", hidden))
    #expect(between.problems.contains { $0.code == .damagedArchive })
    var renamed = whole
    renamed[second + 30] = UInt8(ascii: "T")
    let other = Reading(try scratch.write("renamed.zip", renamed))
    #expect(other.problems.map(\.code) == [.damagedArchive])
    #expect(other.problems[0].message.contains("'two' where the member is called 'Two'"))
    // Inside another layer too.
    try scratch.write("x.zip", renamed)
    try scratch.run("tar cf x.tar x.zip")
    #expect(Reading(scratch.path("x.tar")).problems.map(\.code) == [.damagedArchive])
  }

  @Test func aZipWithLongSizesAndDescriptorsAgreesWithItself() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 400))
    try scratch.write(
      "make.py",
      Array(
        """
        import io, sys, zipfile
        class Pipe(io.RawIOBase):
            def __init__(self, out): self.out = out
            def writable(self): return True
            def write(self, b): return self.out.write(b)
        data = open("x", "rb").read()
        for name, long in [("long.zip", True), ("short.zip", False)]:
            with open(name, "wb") as out, zipfile.ZipFile(Pipe(out), "w", zipfile.ZIP_DEFLATED) as archive:
                for member in ["a", "b", "c"]:
                    with archive.open(member, "w", force_zip64=long) as file: file.write(data if member != "b" else b"text")
        """.utf8))
    do { try scratch.run("python3 make.py") } catch { return }  // no Python here
    for name in ["long.zip", "short.zip"] {
      let reading = Reading(scratch.path(name))
      #expect(reading.problems == [], "\(name)")
      #expect(reading.bytes[1] == smallCapture(packets: 400) && reading.bytes[3] == reading.bytes[1])
    }
  }
}
