import Evidence
import Foundation
import Records
import Testing

@Suite struct CompressionTests {
  /// Bytes that another decoder gives for the beginnings of a file, one length after the other.
  private static let reference = """
    import bz2, lzma, sys, zlib
    kind, data = sys.argv[1], open("y", "rb").read()
    for length in map(int, sys.argv[2:]):
        decoder = {"gzip": lambda: zlib.decompressobj(31), "bzip2": bz2.BZ2Decompressor,
            "xz": lzma.LZMADecompressor, "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE)}[kind]()
        print(len(decoder.decompress(data[:length])))
    """

  @Test(arguments: [
    ("gzip", "gzip -c x > y"), ("bzip2", "bzip2 -1 -c x > y"), ("xz", "xz -c x > y"),
    ("lzma", "xz --format=lzma -c x > y"),
  ])
  func nothingThatCanBeDecompressedIsLost(kind: String, command: String) throws {
    let scratch = try ScratchDirectory()
    // Neither noise nor regular: long and short matches, several blocks.
    let content = Array(noise(900_000).enumerated().map { $0.offset % 5 < 2 || $0.offset < 24 ? $0.element : 7 })
    try scratch.write("x", content)
    try scratch.run(command)
    let whole = try scratch.read("y")
    let lengths = (1...40).map { whole.count * $0 / 40 - ($0 * 7) % 50 } + [whole.count - 1]
    try scratch.write("reference.py", Array(Self.reference.utf8))
    let list = lengths.map(String.init).joined(separator: " ")
    do { try scratch.run("python3 reference.py \(kind) \(list) > counts") } catch { return }  // no Python here
    let expected = String(decoding: try scratch.read("counts"), as: UTF8.self).split(separator: "\n").compactMap {
      Int($0)
    }
    #expect(expected.count == lengths.count)
    for (length, expected) in zip(lengths, expected) {
      let reading = Reading(try scratch.write("cut", Array(whole[..<length])))
      let kept = reading.bytes[0] ?? []
      #expect(kept.count == expected, "\(kind) cut to \(length) bytes")
      #expect(content.starts(with: kept))
      #expect(reading.problems.map(\.code) == [.damagedCompression])
      #expect(reading.problems[0].offset == kept.count)
      #expect(reading.problems[0].message.contains("compressed offset \(length)"))
    }
  }

  @Test(arguments: [
    ("zstd -q -c x > y", "zstd -q -dc cut > out"), ("lz4 -q -c -B4 x > y", "lz4 -q -dc cut > out"),
    ("lz4 -q -c x > y", "lz4 -q -dc cut > out"), ("lzip -c x > y", "lzip -q -dc cut > out"),
  ])
  func framesGiveAllTheirBlocks(pack: String, unpack: String) throws {
    let scratch = try ScratchDirectory()
    let content = noise(700_000)
    try scratch.write("x", content)
    do { try scratch.run(pack) } catch { return }  // the program is not on this machine
    let whole = try scratch.read("y")
    for part in 1..<12 {
      let length = whole.count * part / 12
      let path = try scratch.write("cut", Array(whole[..<length]))
      try? scratch.run(unpack)
      let kept = Reading(path).bytes[0] ?? []
      #expect(kept.count >= (try scratch.read("out").count), "\(pack) cut to \(length) bytes")
      #expect(content.starts(with: kept))
    }
  }

  @Test(arguments: ["gzip", "zstd -q", "xz", "bzip2", "lz4 -q"])
  func severalUnitsAndPaddingAreReadAndGarbageIsTold(program: String) throws {
    let scratch = try ScratchDirectory()
    let content = smallCapture(packets: 3000)
    try scratch.write("x", content)
    do {
      try scratch.run("head -c 100000 x | \(program) -c > y; tail -c +100001 x | \(program) -c >> y")
    } catch { return }  // the program is not on this machine
    let whole = try scratch.read("y")
    let padded = Reading(try scratch.write("padded", whole + [UInt8](repeating: 0, count: 10_240)))
    #expect(padded.problems == [])
    #expect(padded.bytes[0] == content)
    let followed = Reading(try scratch.write("followed", whole + [0, 0, 0, 0] + Array("garbage".utf8)))
    #expect(followed.bytes[0] == content)
    #expect(followed.problems.map(\.code) == [.damagedCompression])
    #expect(followed.problems.first?.offset == content.count)
    #expect(followed.problems.first?.message.contains("compressed offset \(whole.count + 4)") == true)
  }

  @Test(arguments: ["gzip", "zstd -q", "xz", "bzip2 -1", "lz4 -q -B4"])
  func aChangedByteCostsNoMoreThanWhatFollowsIt(program: String) throws {
    let scratch = try ScratchDirectory()
    let content = noise(400_000)
    try scratch.write("x", content)
    do { try scratch.run("\(program) -c x > y") } catch { return }  // the program is not on this machine
    var whole = try scratch.read("y")
    let middle = whole.count / 2
    for index in middle..<middle + 6 { whole[index] ^= 0xff }
    let reading = Reading(try scratch.write("changed", whole))
    let kept = reading.bytes[0] ?? []
    let before = zip(kept, content).prefix { $0 == $1 }.count
    // A block of bzip2 -1 has 100,000 bytes, one of zstd 128 KiB, one of lz4 -B4 64 KiB.
    #expect(before > 60_000, "\(program) kept \(before)")
    #expect(reading.problems.contains { $0.code == .damagedCompression })
  }

  @Test func skippableFramesAreSkipped() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 2000))
    try scratch.run("zstd -q x")
    let skippable: [UInt8] = [0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]
    let frame = try scratch.read("x.zst")
    let path = try scratch.write("y", skippable + frame + skippable + frame + skippable)
    let reading = Reading(path)
    #expect(reading.problems == [])
    #expect(reading.bytes[0] == smallCapture(packets: 2000) + smallCapture(packets: 2000))
  }

  @Test(arguments: [
    "zstd -q --ultra --long=31 --no-check -c < x > y", "xz --lzma2=dict=256MiB -c x > y",
  ])
  func aWindowBeyondTheLimitIsRefusedWithTheWayOut(command: String) throws {
    let scratch = try ScratchDirectory()
    let content = smallCapture(packets: 2000)
    try scratch.write("x", content)
    try scratch.run("cat x | \(command)")
    let refused = Reading(scratch.path("y"))
    #expect(refused.problems.map(\.code) == [.limitReached])
    #expect(refused.problems[0].message.contains("--window-limit"))
    #expect(refused.bytes.isEmpty)
    var limits = EvidenceLimits()
    limits.windowBytes = 2 << 30
    let read = Reading(scratch.path("y"), limits: limits)
    #expect(read.problems == [])
    #expect(read.bytes[0] == content)
  }

  @Test func damageUnderSeveralLayersKeepsWhatCameOut() throws {
    let scratch = try ScratchDirectory()
    let content = noise(500_000)
    try scratch.write("x", content)
    try scratch.run("gzip -c x | xz -c | head -c 250000 > y")
    let reading = Reading(scratch.path("y"))
    #expect(reading.closings[0]?.format == "xz+gzip+pcap")
    let kept = try #require(reading.bytes[0])
    #expect(kept.count > 200_000 && content.starts(with: kept))
    #expect(reading.problems.map(\.code) == [.damagedCompression])
    #expect(reading.problems[0].message.hasPrefix("the xz data break off"))
  }
}
