import Engine
import Foundation
import Records
import Testing

/// Copies among the pieces of a recording, and cases that have some of them already.
@Suite struct SequenceResumeTests {
  private let recording = Recording.synthetic()

  private func write(_ scratch: ScratchScan, _ directory: String = "pieces", _ range: Range<Int> = 0..<8) throws {
    let pieces = recording.pieces(of: 50)
    for index in range { try scratch.write("\(directory)/part_\(index * 5 % 8).pcap", pieces[index]) }
  }

  private func whole(_ scratch: ScratchScan) throws -> [String] {
    try scratch.write("whole.pcap", recording.pcap)
    try scratch.scan("whole.pcap", into: "whole.db")
    return try scratch.flows("whole.db")
  }

  private let status = "SELECT status, count(*) FROM evidence GROUP BY status ORDER BY status"

  /// Beside the pieces, under a name of their pattern, in a directory before theirs, and compressed.
  @Test(arguments: ["d/pieces/copy.pcap", "d/pieces/part_99.pcap", "d/backup/part_1.pcap", "d/zz/part_1.pcap"])
  func aCopyOfAPieceIsListedAndNotCounted(name: String) throws {
    let scratch = try ScratchScan()
    try write(scratch, "d/pieces")
    try scratch.write(name, recording.pieces(of: 50)[3])
    try scratch.run("gzip", "-k", "-n", "-S", ".2.gz", name)
    for workers in [1, 4] {
      let outcome = try scratch.scan("d", into: "\(workers).db", workers: workers)
      #expect(outcome.summary.duplicates == 2)
      #expect(outcome.summary.packets == 400)
    }
    #expect(try scratch.flows("1.db") == whole(scratch))
    #expect(try scratch.ask("1.db", status) == ["complete|8", "duplicate|2"])
    #expect(try scratch.ask("1.db", "SELECT captures, packets FROM sequences") == ["8|400"])
    #expect(try scratch.rows("1.db") == scratch.rows("4.db"))
  }

  @Test func aRecordingCopiedWholeIsCountedOnce() throws {
    let scratch = try ScratchScan()
    try write(scratch, "a")
    try write(scratch, "b")
    for workers in [1, 4] { try scratch.scan("a", "b", into: "\(workers).db", workers: workers) }
    #expect(try scratch.flows("1.db") == whole(scratch))
    #expect(try scratch.ask("1.db", status) == ["complete|8", "duplicate|8"])
    let copies =
      "SELECT count(*) FROM evidence WHERE sequence_id IS NULL AND path LIKE '%/b/%' AND duplicate_of LIKE '%/a/%'"
    #expect(try scratch.ask("1.db", copies) == ["8"])
    #expect(try scratch.rows("1.db") == scratch.rows("4.db"))
    let before = try scratch.rows("1.db")
    #expect(try scratch.scan("a", "b", into: "1.db").summary.alreadyKnown == 16)
    #expect(try scratch.rows("1.db") == before)
  }

  /// One piece is in the case under another name: the flows of the others stand apart from its own.
  @Test func aPieceThatTheCaseHasElsewhereIsKeptApart() throws {
    let scratch = try ScratchScan()
    try scratch.write("first.pcap", recording.pieces(of: 50)[3])
    try write(scratch)
    for workers in [1, 4] {
      try scratch.scan("first.pcap", into: "\(workers).db")
      try scratch.scan("pieces", into: "\(workers).db", workers: workers)
    }
    #expect(try scratch.ask("1.db", status) == ["complete|8", "duplicate|1"])
    #expect(try scratch.ask("1.db", "SELECT captures FROM sequences ORDER BY 1") == ["3", "4"])
    #expect(try scratch.ask("1.db", "SELECT sum(orig_pkts + resp_pkts) FROM flows") == ["400"])
    #expect(try scratch.ask("1.db", "SELECT code FROM problems") == ["split_sequence"])
    #expect(try scratch.ask("1.db", "SELECT count(*) FROM evidence WHERE gap_before_s IS NULL") == ["2"])
    #expect(try scratch.rows("1.db") == scratch.rows("4.db"))
  }

  @Test func aSecondScanAddsNothingAndAFileAddedLaterIsTold() throws {
    let scratch = try ScratchScan()
    try write(scratch, "pieces", 0..<6)
    try scratch.scan("pieces", into: "c.db")
    let before = try scratch.rows("c.db")
    #expect(try scratch.scan("pieces", into: "c.db").summary.alreadyKnown == 6)
    #expect(try scratch.rows("c.db") == before)
    try write(scratch, "pieces", 6..<8)
    let outcome = try scratch.scan("pieces", into: "c.db")
    #expect(outcome.summary.alreadyKnown == 6 && outcome.summary.files == 2)
    #expect(try scratch.ask("c.db", "SELECT captures FROM sequences ORDER BY sequence_id") == ["6", "2"])
    #expect(
      try scratch.ask("c.db", "SELECT evidence_path, code FROM problems") == ["pieces/part_6.pcap|split_sequence"])
    #expect(try scratch.ask("c.db", "SELECT sum(orig_pkts + resp_pkts) FROM flows") == ["400"])
  }

  /// A series of three recordings of two pieces each: what was committed before a stop is not read again.
  @Test func aSeriesOfRecordingsIsCommittedOneByOne() throws {
    let scratch = try ScratchScan()
    for part in 0..<3 {
      let recording = Recording.synthetic(start: 1_700_000_000 + UInt32(part) * 20_000)
      for (index, piece) in recording.pieces(of: 200).enumerated() {
        try scratch.write("d/x\(part * 2 + index).pcap", piece)
      }
    }
    try scratch.scan("d", into: "whole.db")
    #expect(try scratch.ask("whole.db", "SELECT captures FROM sequences") == ["2", "2", "2"])
    let interrupted = ScanCounters()
    interrupted.interrupt()
    _ = try scratch.scan("d", into: "c.db", counters: interrupted)
    // The first scan may have been stopped before its first unit or after it; never within one.
    let count = try scratch.ask("c.db", "SELECT count(*) FROM evidence")
    #expect(["0", "2"].contains(count.first))
    let outcome = try scratch.scan("d", into: "c.db")
    #expect(!outcome.wasInterrupted)
    #expect(try scratch.rows("c.db") == scratch.rows("whole.db"))
  }
}
