import Evidence
import Foundation
import Records
import Testing

/// What lies beside captures and is no damage, and what only looks so.
@Suite struct OrdinaryContentTests {
  private func reading(_ name: String, _ bytes: [UInt8]) throws -> Reading {
    let scratch = try ScratchDirectory()
    return Reading(try scratch.write(name, bytes))
  }

  @Test func textAndImagesAreListedWithoutAProblem() throws {
    let utf16: [UInt8] = [0xff, 0xfe] + Array("Notes of the search\r\n".utf8).flatMap { [$0, 0] }
    let files: [(String, [UInt8], String)] = [
      ("README", Array("What was seized, and when.\n".utf8), "text"),
      ("SHA256SUMS", Array("e3b0c442  a.pcap\n".utf8), "text"),
      ("notes.txt", Array("Schlüssel für später\n".utf8), "text"),
      ("alt.txt", Array("Stra".utf8) + [0xdf] + Array("e, in einer alten Kodierung\n".utf8), "text"),
      ("win.txt", utf16, "text"),
      ("scan.json", Array("{\"a\": 1}".utf8), "text"), ("one", Array("x".utf8), "text"),
      ("photo.jpg", [0xff, 0xd8, 0xff, 0xe0, 0, 16] + Array("JFIF".utf8) + [0, 1, 1], "jpeg"),
      ("report.pdf", Array("%PDF-1.7\n".utf8) + [0xe2, 0xe3, 0, 1], "pdf"), ("stderr.log", [], "empty"),
    ]
    for (name, bytes, format) in files {
      let reading = try reading(name, bytes)
      #expect(reading.problems == [], "\(name)")
      #expect(reading.closings[0]?.isOrdinary == true && reading.closings[0]?.format == format, "\(name)")
      #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(bytes))
    }
  }

  @Test func theNameOfACaptureIsAPromise() throws {
    for name in ["a.pcap", "a.PCAPNG", "a.cap.gz.txt.cap", "a.pcap1", "a.pcap.3", "core.dmp", "a.pcap.part"] {
      #expect(try reading(name, Array("404 not found\n".utf8)).problems.map(\.code) == [.notACapture], "\(name)")
      #expect(try reading(name, []).problems.map(\.code) == [.empty], "\(name)")
    }
    #expect(try reading("capture-of-monday", []).problems.map(\.code) == [.empty])
    #expect(try reading("a.pcap.txt", Array("frames: 12\n".utf8)).problems == [])
  }

  @Test func bytesBehindTextAreNotIgnored() throws {
    let hidden = Array(String(repeating: "all quiet\n", count: 200_000).utf8) + smallCapture(packets: 3)
    #expect(try reading("notes.txt", hidden).problems.map(\.code) == [.notACapture])
    #expect(try reading("blob", [0x13, 0x37, 0, 1, 2, 3]).problems.map(\.code) == [.notACapture])
    #expect(try reading("MZ", Array("MZ".utf8) + smallCapture(packets: 3)).problems.map(\.code) == [.notACapture])
  }

  @Test func aCaptureWhoseFirstBytesAreDamagedIsNeverIgnored() throws {
    let capture = smallCapture(packets: 20)
    var random = SplitMix(state: 7)
    for _ in 0..<300 {
      var changed = capture
      for index in 0..<4 { changed[index] = UInt8(truncatingIfNeeded: random.next() >> 24) }
      let reading = try reading("evidence", changed)
      #expect(reading.closings[0]?.isOrdinary == false)
      #expect(reading.closings[0]?.isCapture == true || !reading.problems.isEmpty)
    }
  }

  @Test func damagedTextInACompressionIsAProblem() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", Array(String(repeating: "some text\n", count: 100).utf8))
    try scratch.run("gzip -n x")
    var bytes = try scratch.read("x.gz")
    bytes[bytes.count - 6] ^= 1
    #expect(Reading(try scratch.write("x.gz", bytes)).problems.map(\.code) == [.damagedCompression])
  }
}

/// Steele, Lea and Flood's SplitMix64, for numbers that are the same each time.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
