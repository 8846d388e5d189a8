import Foundation
import Testing

@Suite struct ScanCommandTests {
  @Test func theShippedCapturesScanWholeAndTheLedgerAddsUp() throws {
    let scratch = try Scratch()
    let result = try Program.run("scan", Program.captures, "--case", scratch.path("c.db"), "--no-model")
    #expect(result.status == 0, "\(result.talk)")
    #expect(try scratch.value("c.db", "SELECT count(*) FROM ledger_mismatch") == "0")
    #expect(try scratch.value("c.db", "SELECT count(*) FROM problems") == "0")
    #expect(!FileManager.default.fileExists(atPath: scratch.path("c.db-wal")))
    // Packets as capinfos counted them when the captures were recorded.
    let manifest = try String(contentsOfFile: Program.captures + ".tsv", encoding: .utf8)
    var compared = 0
    for line in manifest.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count > 5 else { continue }
      let row = try Program.run(
        "query", scratch.path("c.db"), "SELECT sha256, packets FROM evidence WHERE path LIKE '%/\(fields[0])'",
        "--format", "jsonl")
      #expect(row.output == "{\"sha256\":\"\(fields[1])\",\"packets\":\(fields[5])}\n", "\(fields[0])")
      compared += 1
    }
    #expect(compared >= 15)
  }

  @Test func everyFormatScansWholeAndSaysWhatItKnows() throws {
    let scratch = try Scratch()
    let result = try Program.run("scan", Program.fixtures + "/formats", "--case", scratch.path("c.db"), "--no-model")
    #expect(result.status == 0, "\(result.talk)")
    #expect(try scratch.value("c.db", "SELECT count(*) FROM ledger_mismatch") == "0")
    let counts = "SELECT count(*) || ',' || min(packets) || ',' || max(packets) || ',' || min(flows) FROM evidence"
    #expect(try scratch.value("c.db", counts) == "\"11,16,16,7\"")
    let formats = "SELECT group_concat(DISTINCT format) FROM (SELECT format FROM evidence ORDER BY format)"
    #expect(try scratch.value("c.db", formats) == "\"erf,netmon,netxray,pcap,pcapng,snoop\"")
    let notes = try Program.run("export", scratch.path("c.db"), "notes", "--format", "csv").output
    #expect(notes.contains(",424,2,comment,packet,about the second packet,"))
    #expect(notes.contains("tls_key_log"))
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"] != nil,
      "FLOWCASE_CORPUS is not set: the corpus was not scanned"))
  func theLedgersOfTheCorpusAddUp() throws {
    let scratch = try Scratch()
    let corpus = try #require(ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"])
    _ = try Program.run("scan", "-q", corpus, "--case", scratch.path("c.db"), "--no-model")
    #expect(try Int(scratch.value("c.db", "SELECT count(*) FROM evidence")) ?? 0 > 1000)
    #expect(try scratch.value("c.db", "SELECT count(*) FROM ledger_mismatch") == "0")
    let unlisted =
      "SELECT count(*) FROM evidence AS e WHERE status <> 'duplicate' AND bytes_lost <> coalesce((SELECT sum(bytes_lost) FROM problems AS p WHERE p.evidence_id = e.evidence_id), 0)"
    #expect(try scratch.value("c.db", unlisted) == "0")
  }

  @Test func `the last lines say what is in the case and what to run next`() throws {
    let scratch = try Scratch()
    let model = Program.fixtures + "/models/pytorch-attention-lstm.safetensors"
    let arguments = ["scan", Program.captures, "--case", scratch.path("c.db"), "--model", model]
    let talk = try Program.run(arguments).talk
    let asked = try scratch.value("c.db", "SELECT sum(flows) FROM label_summary WHERE label_source = 'model'")
    #expect(talk.contains("\(asked) flows asked of the model: "), "\(talk)")
    for label in try Program.run(
      "query", scratch.path("c.db"),
      "SELECT label || ': ' || flows || ' flow' FROM label_summary WHERE label_source = 'model' AND label <> 'unknown'",
      "--format", "value"
    ).output.split(whereSeparator: \.isNewline) {
      #expect(talk.contains(label), "\(label): \(talk)")
    }
    #expect(talk.contains("flowcase report \(scratch.path("c.db")) -o report.html"))
    let bare = try Program.run("scan", Program.captures, "--case", scratch.path("n.db"), "--no-model").talk
    #expect(bare.contains("without labels: no model was asked"))
    #expect(try !Program.run(arguments + ["-q"]).talk.contains("asked of the model"))
  }

  @Test func anyNumberOfWorkersGivesTheSameRows() throws {
    let scratch = try Scratch()
    for workers in ["1", "4"] {
      _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("\(workers).db"), "--workers", workers)
    }
    let one = try scratch.rows("1.db")
    #expect(one == (try scratch.rows("4.db")))
    #expect(one.contains("\"probabilities\""))
  }

  @Test func scanningTwiceAddsNothing() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"), "--no-model")
    let before = try scratch.rows("c.db")
    let again = try Program.run("scan", Program.captures, "--case", scratch.path("c.db"), "--no-model")
    #expect(again.talk.contains("already in the case"))
    #expect(try scratch.rows("c.db") == before)
  }

  @Test func aKilledScanLeavesWholeUnitsAndGoesOnToTheSameRows() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path("evidence"), withIntermediateDirectories: true)
    // Copies that differ in their last byte, so that none is a duplicate, and enough of them to be killed among.
    let capture = try Data(contentsOf: URL(fileURLWithPath: Program.captures + "/tls13.pcap"))
    for index in 0..<300 {
      try scratch.write("evidence/\(1000 + index).pcap", capture + Data([UInt8(index % 256), UInt8(index / 256)]))
    }
    let arguments = { (name: String) in
      ["scan", "-q", scratch.path("evidence"), "--case", scratch.path(name), "--no-model"]
    }
    _ = try Program.run(arguments("whole.db"))
    var wasKilled = false
    for delay in [0.05, 0.1, 0.15, 0.2, 0.3] {
      wasKilled = try Program.run(arguments("killed.db"), killedAfter: delay).wasKilled || wasKilled
      let units = try scratch.value("killed.db", "SELECT count(*) FROM evidence WHERE status <> 'partial'")
      #expect(units == "0" || units.isEmpty, "a unit is half written after \(delay) s")
    }
    #expect(wasKilled)
    let last = try Program.run(arguments("killed.db"))
    #expect(last.status == 2)
    #expect(try scratch.rows("killed.db") == scratch.rows("whole.db"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("killed.db-wal")))
  }

  @Test func badFilesAreSentencesAndNothingElseIsLost() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path("evidence"), withIntermediateDirectories: true)
    let capture = try Data(contentsOf: URL(fileURLWithPath: Program.captures + "/dns.pcap"))
    try scratch.write("evidence/a-good.pcap", capture)
    try scratch.write("evidence/b-truncated.pcap", capture.dropLast(7))
    try scratch.write("evidence/c-empty.pcap", Data())
    try scratch.write("evidence/d-text.txt", Data("not a capture".utf8))
    try scratch.write("evidence/e-copy.pcap", capture)
    let result = try Program.run("scan", scratch.path("evidence"), "--case", scratch.path("c.db"), "--no-model")
    #expect(result.status == 2)
    let problems = try Program.run(
      "query", scratch.path("c.db"), "SELECT code FROM problems ORDER BY problem_id", "--format", "csv")
    #expect(problems.output == "code\ntruncated_capture\nempty\n")
    let statuses = try Program.run(
      "query", scratch.path("c.db"), "SELECT group_concat(status) AS s FROM evidence", "--format", "jsonl")
    #expect(statuses.output == "{\"s\":\"complete,partial,rejected,ignored,duplicate\"}\n")
    let counted =
      "SELECT (SELECT sum(packets) FROM evidence WHERE status = 'duplicate') || ',' || (SELECT count(DISTINCT evidence_path) FROM flows)"
    #expect(try scratch.value("c.db", counted) == "\"0,2\"", "a second copy is listed and not counted")
    let lost = try scratch.value(
      "c.db",
      "SELECT (SELECT packets FROM evidence WHERE path LIKE '%a-good%') - packets FROM evidence WHERE path LIKE '%b-trunc%'"
    )
    #expect(lost == "1")
  }

  @Test func usageAndFailureHaveStatusesOfTheirOwn() throws {
    let scratch = try Scratch()
    #expect(try Program.run("scan", "--case", scratch.path("c.db")).status == 64)
    #expect(try Program.run("scan", "x", "--case", scratch.path("c.db"), "--filter", "no such filter").status == 64)
    let text = try scratch.write("notes.txt", Data("hello".utf8))
    let failed = try Program.run("scan", Program.captures, "--case", text, "--no-model")
    #expect(failed.status == 1)
    #expect(failed.talk.hasPrefix("flowcase: "))
    #expect(try Program.run("query", scratch.path("absent.db"), "SELECT 1").status == 1)
  }
}
