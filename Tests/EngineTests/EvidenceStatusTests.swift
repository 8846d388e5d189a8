import Engine
import Foundation
import Records
import Testing

/// What becomes of evidence that is damaged, locked, a copy or no capture at all: no loss is without a row.
@Suite struct EvidenceStatusTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures")

  private func scratchWithCapture() throws -> ScratchScan {
    let scratch = try ScratchScan()
    let capture = Self.fixtures.appendingPathComponent("captures/refused.pcap")
    try scratch.write("e/a.pcap", Array(try Data(contentsOf: capture)))
    return scratch
  }

  private let rows = "SELECT path, status, problems, packets FROM evidence ORDER BY path"

  /// A copy can carry bytes that nobody reads, or be damaged where the first is not.
  @Test func theOwnDamageOfASecondCopyIsTold() throws {
    let scratch = try scratchWithCapture()
    try scratch.run(
      "sh", "-c",
      """
      cd e && gzip -nc a.pcap > whole.gz && cp whole.gz b-garbage.gz && printf 'more than a capture' >> b-garbage.gz
      head -c -8 whole.gz > c-crc.gz && printf '\\1\\2\\3\\4' >> c-crc.gz && tail -c 4 whole.gz >> c-crc.gz
      head -c -5 whole.gz > e-cut.gz && zip -qX0 d.zip a.pcap && tar cf f.tar d.zip b-garbage.gz a.pcap
      """)
    for workers in [1, 4] {
      let outcome = try scratch.scan("e", into: "\(workers).db", workers: workers)
      #expect(outcome.exitStatus == 2 && outcome.summary.problems == 4 && outcome.summary.duplicates == 8)
    }
    #expect(
      try scratch.ask("1.db", rows) == [
        "e/a.pcap|complete|0|16", "e/b-garbage.gz|duplicate|1|0", "e/c-crc.gz|duplicate|1|0", "e/d.zip|complete|0|0",
        "e/d.zip!/a.pcap|duplicate|0|0", "e/e-cut.gz|duplicate|1|0", "e/f.tar|complete|0|0",
        "e/f.tar!/a.pcap|duplicate|0|0", "e/f.tar!/b-garbage.gz|duplicate|1|0", "e/f.tar!/d.zip|complete|0|0",
        "e/f.tar!/d.zip!/a.pcap|duplicate|0|0", "e/whole.gz|duplicate|0|0",
      ])
    #expect(
      try scratch.ask("1.db", "SELECT DISTINCT code FROM problems") == ["damaged_compression"])
    #expect(
      try scratch.ask(
        "1.db",
        "SELECT count(*) FROM evidence AS e WHERE problems <> (SELECT count(*) FROM problems AS p WHERE p.evidence_id = e.evidence_id) OR bytes_lost <> (SELECT coalesce(sum(bytes_lost), 0) FROM problems AS p WHERE p.evidence_id = e.evidence_id)"
      ) == ["0"])
    #expect(try scratch.rows("1.db") == scratch.rows("4.db"))
  }

  @Test func aChecksumOfAnArchiveThatFailsIsTold() throws {
    let scratch = try scratchWithCapture()
    try scratch.run("sh", "-c", "cd e && zip -qX0 a.zip a.pcap && rm a.pcap")
    var zip = Array(try Data(contentsOf: scratch.url.appendingPathComponent("e/a.zip")))
    zip[500] ^= 4
    try scratch.write("e/a.zip", zip)
    #expect(try scratch.scan("e", into: "c.db").exitStatus == 2)
    #expect(
      try scratch.ask("c.db", "SELECT path, status, problems FROM evidence ORDER BY path") == [
        "e/a.zip|partial|0", "e/a.zip!/a.pcap|partial|1",
      ])
    #expect(try scratch.ask("c.db", "SELECT code FROM problems") == ["damaged_archive"])
    #expect(try scratch.ask("c.db", "SELECT message LIKE '%bad CRC%' FROM problems") == ["1"])
  }

  @Test func whatLiesBesideCapturesIsNoDamage() throws {
    let scratch = try scratchWithCapture()
    try scratch.write("e/README.txt", Array("seized on Monday\n".utf8))
    try scratch.write("e/SHA256SUMS", Array("e3b0c44298fc1c14  a.pcap\n".utf8))
    try scratch.write("e/run.log", [])
    try scratch.run("sh", "-c", "cd e && tar czf notes.tgz README.txt")
    let outcome = try scratch.scan("e", into: "c.db")
    #expect(outcome.exitStatus == 0 && outcome.summary.ignored == 4 && outcome.problemsInCase == 0)
    #expect(
      try scratch.ask("c.db", "SELECT path, status, format, sha256 IS NOT NULL FROM evidence ORDER BY path") == [
        "e/README.txt|ignored|text|1", "e/SHA256SUMS|ignored|text|1", "e/a.pcap|complete|pcap|1",
        "e/notes.tgz|complete|gzip+tar|1", "e/notes.tgz!/README.txt|ignored|text|1", "e/run.log|ignored|empty|1",
      ])
    // The second time they are known.
    #expect(try scratch.scan("e", into: "c.db").summary.alreadyKnown == 5)
    try scratch.write("e/b.pcap", Array("<html>404</html>\n".utf8))
    #expect(try scratch.scan("e", into: "c.db").exitStatus == 2)
    #expect(try scratch.ask("c.db", "SELECT status FROM evidence WHERE path LIKE '%b.pcap'") == ["rejected"])
  }

  @Test(arguments: [
    ("zipcrypto.zip", "rejected"), ("aes256.zip", "rejected"), ("two-passwords.zip", "partial"),
    ("encrypted-data.7z", "rejected"), ("encrypted-names.7z", "rejected"),
  ])
  func whatIsLockedIsNotComplete(name: String, status: String) throws {
    let scratch = try ScratchScan()
    let bytes = Array(try Data(contentsOf: Self.fixtures.appendingPathComponent("containers/\(name)")))
    try scratch.write("e/\(name)", bytes)
    #expect(try scratch.scan("e", into: "c.db").exitStatus == 2)
    #expect(try scratch.ask("c.db", "SELECT status FROM evidence WHERE parent_id IS NULL") == [status])
    #expect(try scratch.ask("c.db", "SELECT DISTINCT code FROM problems") == ["encrypted"])
    #expect(
      try scratch.ask("c.db", "SELECT count(*) FROM evidence WHERE problems > 0 AND status <> 'rejected'") == ["0"])
  }
}
