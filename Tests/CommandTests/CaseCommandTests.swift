import Foundation
import Testing

/// The commands that work on whole cases.
@Suite struct CaseCommandTests {
  @Test func verifySaysUnchangedSinceTheScanAndNamesWhatIsNot() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Program.captures, toPath: scratch.path("e"))
    _ = try Program.run(
      "scan", "-q", scratch.path("e"), "--case", scratch.path("c.db"), "--examiner", "A. Examiner", "--case-number",
      "17/26",
      "--notes", "=first look")
    let sound = try Program.run("verify", scratch.path("c.db"), scratch.path("e"))
    #expect(sound.status == 0, "\(sound.talk)")
    #expect(sound.output.contains("all unchanged since the scan"))
    #expect(sound.output.contains("head "))
    #expect(
      try scratch.value("c.db", "SELECT examiner || case_number || notes FROM runs") == "A. Examiner17/26=first look")
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: scratch.path("e/dns.pcap")))
    try file.seek(toOffset: 100)
    try file.write(contentsOf: Data([0xff]))
    try file.close()
    try Data("new".utf8).write(to: URL(fileURLWithPath: scratch.path("e/new.txt")))
    let changed = try Program.run("verify", scratch.path("c.db"), scratch.path("e"))
    #expect(changed.status == 1)
    #expect(changed.output.contains("dns.pcap' has changed since the scan"))
    #expect(changed.talk.contains("is not as it was"))
    #expect(
      try Program.run("verify", scratch.path("c.db"), "--model", Program.fixtures + "/models/pytorch-han.safetensors")
        .status == 1)
  }

  @Test func filesThatAreNotOfTheCaseAreNoChangeOfIt() throws {
    let scratch = try Scratch()
    for (name, from) in [("e/a.pcap", "dns.pcap"), ("e/b.pcap", "refused.pcap"), ("f/c.pcap", "vlan10.pcap")] {
      let directory = scratch.path(String(name.prefix(1)))
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: Program.captures + "/" + from, toPath: scratch.path(name))
    }
    _ = try Program.run("scan", "-q", scratch.path("e"), "--case", scratch.path("c.db"), "--no-model")
    try Data("new".utf8).write(to: URL(fileURLWithPath: scratch.path("e/new.txt")))
    let more = try Program.run("verify", scratch.path("c.db"), scratch.path("e"), scratch.path("f"))
    #expect(more.status == 0, "\(more.talk)")
    #expect(
      more.output.contains("2 files given, all unchanged since the scan; 2 files given besides are not in the case"))
    // Nothing of the case at all is no proof of anything.
    let none = try Program.run("verify", scratch.path("c.db"), scratch.path("f"))
    #expect(none.status == 1 && none.output.contains("none of them of this case"))
    // A changed copy in another place does not pass for an additional file.
    try FileManager.default.removeItem(atPath: scratch.path("f/c.pcap"))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path("e/b.pcap")))
    bytes[100] ^= 1
    try bytes.write(to: URL(fileURLWithPath: scratch.path("f/b.pcap")))
    let changed = try Program.run("verify", scratch.path("c.db"), scratch.path("f"), scratch.path("e/a.pcap"))
    #expect(changed.status == 1 && changed.output.contains("has the name of"))
  }

  /// Evidence that an earlier case has is taken once, and a copy of it that lies elsewhere is listed all the same.
  @Test func aMergeKeepsTheRowsOfSecondCopies() throws {
    let scratch = try Scratch()
    let capture = try Data(contentsOf: URL(fileURLWithPath: Program.captures + "/dns.pcap"))
    for directory in ["a", "b"] {
      try FileManager.default.createDirectory(atPath: scratch.path(directory), withIntermediateDirectories: true)
    }
    try capture.write(to: URL(fileURLWithPath: scratch.path("a/one.pcap")))
    let pack = Process()
    pack.executableURL = URL(fileURLWithPath: "/bin/sh")
    pack.arguments = [
      "-c",
      "cd '\(scratch.path("b"))' && gzip -nc ../a/one.pcap > two.gz && printf more >> two.gz && cp ../a/one.pcap . && tar cf three.tar one.pcap",
    ]
    try pack.run()
    pack.waitUntilExit()
    _ = try Program.run("scan", "-q", scratch.path("a"), "--case", scratch.path("a.db"))
    _ = try Program.run("scan", "-q", scratch.path("b"), "--case", scratch.path("b.db"))
    let merged = try Program.run("merge", scratch.path("a.db"), scratch.path("b.db"), "-o", scratch.path("m.db"))
    #expect(!merged.talk.contains("gave other flows"), "\(merged.talk)")
    let rows = try Program.run(
      "query", scratch.path("m.db"),
      "SELECT replace(path, '\(scratch.url.path)/', '') AS p, status, packets, flows, problems, replace(duplicate_of, '\(scratch.url.path)/', '') AS d FROM evidence ORDER BY p",
      "--format", "csv")
    let lines = rows.output.split(whereSeparator: \.isNewline).map(String.init)
    #expect(lines.count == 6)
    #expect(lines.dropFirst().first?.hasPrefix("a/one.pcap,complete,") == true)
    #expect(
      Array(lines.dropFirst(2)) == [
        "b/one.pcap,duplicate,0,0,0,a/one.pcap", "b/three.tar,complete,0,0,0,",
        "b/three.tar!/one.pcap,duplicate,0,0,0,a/one.pcap", "b/two.gz,duplicate,0,0,1,a/one.pcap",
      ], "\(rows.output)")
    #expect(try scratch.value("m.db", "SELECT code FROM problems") == "damaged_compression")
    #expect(try scratch.value("m.db", "SELECT count(*) FROM ledger_mismatch") == "0")
    #expect(try Program.run("verify", scratch.path("m.db")).status == 0)
    let flows = "SELECT count(*) FROM flows"
    #expect(try scratch.value("m.db", flows) == scratch.value("a.db", flows))
  }

  @Test func mergedCasesAreThoseOfOneScan() throws {
    let scratch = try Scratch()
    let captures = try FileManager.default.contentsOfDirectory(atPath: Program.captures).sorted().map {
      "\(Program.captures)/\($0)"
    }
    let (first, second) = (Array(captures.prefix(7)), Array(captures.dropFirst(5)))
    _ = try Program.run(["scan", "-q", "--case", scratch.path("a.db")] + first)
    _ = try Program.run(["scan", "-q", "--case", scratch.path("b.db")] + second)
    _ = try Program.run(["scan", "-q", "--case", scratch.path("ab.db")] + captures)
    let merged = try Program.run("merge", scratch.path("a.db"), scratch.path("b.db"), "-o", scratch.path("m.db"))
    #expect(merged.status == 0, "\(merged.talk)")
    #expect(merged.talk.contains("2 were there already"))
    #expect(try Program.run("verify", scratch.path("m.db")).status == 0)
    let same = try Program.run("compare", scratch.path("m.db"), scratch.path("ab.db"))
    #expect(same.status == 0)
    #expect(same.talk.contains("0 differences"))
    // Not only the flows: every sum too, whatever the order.
    for (view, key) in [
      ("label_summary", "label, label_source"), ("hosts", "ip"),
      ("conversations", "orig_ip, resp_ip, proto, resp_port"),
      ("timeline", "hour, label"), ("attention", "label, packet"), ("labels_by_host", "ip, label"),
      ("_counts", "\"table\""),
    ] {
      let sql = "SELECT * FROM \(view) ORDER BY \(key)"
      let (m, ab) = try (
        Program.run("query", scratch.path("m.db"), sql, "--format", "csv"),
        Program.run("query", scratch.path("ab.db"), sql, "--format", "csv")
      )
      #expect(m.output == ab.output, "\(view)")
    }
    #expect(
      try Program.run("merge", scratch.path("a.db"), scratch.path("b.db"), "-o", scratch.path("m.db")).status == 1)
  }

  @Test(arguments: [2, 3, 4]) func `a case that was brought up still has the rows that its digests are of`(version: Int)
    throws
  {
    let scratch = try Scratch()
    try FileManager.default.copyItem(
      atPath: "\(Program.fixtures)/cases/version-\(version).db", toPath: scratch.path("c.db"))
    #expect(try Program.run("upgrade", scratch.path("c.db")).status == 0)
    let verified = try Program.run("verify", scratch.path("c.db"))
    #expect(verified.status == 0 && verified.output.contains("11 flows of 2 captures"), "\(verified.output)")
  }

  @Test func `whether a model may use the vantage stands with the run`() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"), "--vantage", "--keep-inputs")
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("plain.db"))
    let model = Program.fixtures + "/models/pytorch-han.safetensors"
    #expect(try Program.run("reclassify", scratch.path("c.db"), "--model", model, "--vantage").status == 0)
    let sql = "SELECT group_concat(coalesce(settings ->> '$.uses_vantage', 'no')) FROM run"
    #expect(try scratch.value("c.db", sql) == "\"1,1\"")
    #expect(try scratch.value("plain.db", sql) == "no")
    let refused = try Program.run("scan", Program.captures, "--case", scratch.path("n.db"), "--vantage", "--no-model")
    #expect(refused.status == 64 && refused.talk.contains("--no-model asks none"))
    let shown = try Program.run("query", scratch.path("plain.db"), "--name", "vantage", "--format", "csv").output
    #expect(shown.contains("tunnel-interface,link type 101 (raw IP) is what a tunnel interface records,6"))
  }

  @Test func aConflictIsNamedAndTheFirstCaseKept() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures + "/tls13.pcap", "--case", scratch.path("a.db"))
    _ = try Program.run("scan", "-q", Program.captures + "/tls13.pcap", "--case", scratch.path("b.db"), "--no-model")
    let merged = try Program.run("merge", scratch.path("a.db"), scratch.path("b.db"), "-o", scratch.path("m.db"))
    #expect(merged.status == 2)
    #expect(merged.talk.contains("gave other flows or labels"))
    #expect(try Program.run("compare", scratch.path("m.db"), scratch.path("a.db"), "-q").status == 0)
    let differing = try Program.run("compare", scratch.path("a.db"), scratch.path("b.db"), "--format", "csv")
    #expect(differing.status == 2)
    #expect(differing.output.contains("label_source, predicted_label, confidence"))
    #expect(try scratch.value("m.db", "SELECT count(*) FROM runs") == "2")
    #expect(try scratch.value("m.db", "SELECT count(*) FROM run_changes WHERE change = 'unchanged'") == "1")
  }

  @Test func reclassifyingIsScanningWithTheOtherModel() throws {
    let scratch = try Scratch()
    let model = Program.fixtures + "/models/pytorch-han.safetensors"
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("a.db"), "--keep-inputs")
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("plain.db"))
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("b.db"), "--model", model)
    #expect(try Program.run("compare", "-q", scratch.path("a.db"), scratch.path("plain.db")).status == 0)
    // The default model sees names, which are in the case.
    _ = try Program.run(
      "scan", "-q", Program.captures, "--case", scratch.path("c.db"), "--model", model, "--keep-inputs")
    let back = try Program.run("reclassify", scratch.path("c.db"), "--model", "models/default.safetensors")
    #expect(back.status == 0, "\(back.talk)")
    let given =
      "SELECT flow_uid, label, label_level, label_set, confidence, probabilities, attention, packet_contributions FROM flows ORDER BY flow_uid"
    let again = try Program.run("query", scratch.path("c.db"), given, "--format", "csv")
    let scanned = try Program.run("query", scratch.path("plain.db"), given, "--format", "csv")
    #expect(again.output == scanned.output && again.output.contains("full"))
    let done = try Program.run("reclassify", scratch.path("a.db"), "--model", model)
    #expect(done.status == 0, "\(done.talk)")
    for sql in [
      "SELECT flow_uid, label, label_source, confidence, probabilities, attention, model_sha256 FROM flows ORDER BY flow_id",
      "SELECT s.* FROM label_summary AS s, (SELECT sha256 FROM model ORDER BY model_id DESC LIMIT 1) AS m WHERE s.model_sha256 = m.sha256 ORDER BY 1, 2",
      "SELECT s.* FROM attention AS s, (SELECT sha256 FROM model ORDER BY model_id DESC LIMIT 1) AS m WHERE s.model_sha256 = m.sha256 ORDER BY 1, 2",
      "SELECT s.* FROM attention_fields AS s, (SELECT sha256 FROM model ORDER BY model_id DESC LIMIT 1) AS m WHERE s.model_sha256 = m.sha256 ORDER BY 1, 2",
      "SELECT s.* FROM labels_by_host AS s, (SELECT sha256 FROM model ORDER BY model_id DESC LIMIT 1) AS m WHERE s.model_sha256 = m.sha256 ORDER BY 1, 2",
    ] {
      let (a, b) = try (
        Program.run("query", scratch.path("a.db"), sql, "--format", "csv"),
        Program.run("query", scratch.path("b.db"), sql, "--format", "csv")
      )
      #expect(a.output == b.output && a.output.count > 100, "\(sql)")
    }
    #expect(try Program.run("verify", scratch.path("a.db")).status == 0)
    let agreement = try Program.run("query", scratch.path("a.db"), "--name", "model-agreement", "--format", "csv")
    #expect(agreement.output.split(whereSeparator: \.isNewline).count > 2)
    #expect(try Program.run("reclassify", scratch.path("a.db"), "--model", model).talk.contains("labelled 0 flows"))
    let refused = try Program.run("reclassify", scratch.path("plain.db"), "--model", model)
    #expect(refused.status == 1 && refused.talk.contains("--keep-inputs"))
  }

  @Test func anExportIsFilteredCutAndSaysSo() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"))
    let cut = try Program.run(
      "export", scratch.path("c.db"), "flows", "--format", "csv", "--limit", "2", "--columns", "label, flow_id")
    #expect(cut.status == 2)
    let lines = cut.output.split(whereSeparator: \.isNewline)
    #expect(lines.count == 4 && lines[0] == "label,flow_id" && lines[3].hasPrefix("# truncated"))
    let whole = try Program.run(
      "export", scratch.path("c.db"), "flows", "--format", "csv", "--where", "proto = 'udp'", "--limit", "1000")
    #expect(whole.status == 0 && !whole.output.contains("truncated"))
    #expect(
      try String(whole.output.split(whereSeparator: \.isNewline).count - 1)
        == scratch.value("c.db", "SELECT count(*) FROM flows WHERE proto = 'udp'"))
    let unknown = try Program.run("export", scratch.path("c.db"), "flows", "--columns", "label,nothing")
    #expect(unknown.status == 1 && unknown.talk.contains("has no column 'nothing'"))
    #expect(try Program.run("export", scratch.path("c.db"), "flows", "--where", "1; DROP TABLE flow").status == 1)
    #expect(try Program.run("export", scratch.path("c.db"), "conn.log", "--format", "csv").status == 64)
  }

  @Test func connLogHasZeeksHeaderAndAsManyFieldsInEachLine() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"))
    let lines = try Program.run("export", scratch.path("c.db"), "conn.log").output.split(separator: "\n")
    #expect(lines[0] == "#separator \\x09")
    let fields = try #require(lines.first { $0.hasPrefix("#fields\t") }).split(separator: "\t").dropFirst()
    let types = try #require(lines.first { $0.hasPrefix("#types\t") }).split(separator: "\t").dropFirst()
    #expect(fields.count == types.count)
    #expect(fields.prefix(7) == ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"])
    let rows = lines.filter { !$0.hasPrefix("#") }
    #expect(try String(rows.count) == scratch.value("c.db", "SELECT count(*) FROM flows"))
    #expect(rows.allSatisfy { $0.split(separator: "\t", omittingEmptySubsequences: false).count == fields.count })
  }

  @Test func completionsAreThereForThreeShells() throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try Program.run("--generate-completion-script", shell)
      #expect(script.status == 0)
      for word in ["carve", "report", "verify", "reclassify"] { #expect(script.output.contains(word), "\(shell)") }
    }
  }
}
