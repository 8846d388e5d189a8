import Foundation
import Testing

@Suite struct CarveCommandTests {
  /// Everything of a flow that its packets decide.
  private static let flows = """
    SELECT community_id, flow_start, flow_end, proto, orig_ip, orig_port, resp_ip, resp_port, vlan, tunnel, orig_pkts,
      resp_pkts, orig_bytes, resp_bytes, conn_state, history, server_name, label, label_source, confidence, probabilities,
      attention
    FROM flows ORDER BY start_ns, community_id, orig_port, vlan, tunnel
    """

  private func rows(_ scratch: Scratch, _ name: String) throws -> String {
    try Program.run("query", scratch.path(name), Self.flows, "--format", "csv").output
  }

  @Test func eachCarvedFlowGivesTheSameFlowAndLabel() throws {
    let scratch = try Scratch()
    #expect(try Program.run("scan", "-q", Program.captures, "--case", scratch.path("a.db")).status == 0)
    let carved = try Program.run("carve", scratch.path("a.db"), "--split", scratch.path("flows"))
    #expect(carved.status == 0, "\(carved.talk)")
    let count = try Int(scratch.value("a.db", "SELECT count(*) FROM flows")) ?? 0
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path("flows")).count == count)
    #expect(try Program.run("scan", "-q", scratch.path("flows"), "--case", scratch.path("b.db")).status == 0)
    #expect(try rows(scratch, "a.db") == rows(scratch, "b.db"))
    #expect(try scratch.value("b.db", "SELECT count(*) FROM evidence WHERE sequence_id IS NOT NULL") == "0")
  }

  @Test(arguments: ["ndpi", "iscx"]) func soDoTheFlowsOfTheCorpus(directory: String) throws {
    guard let corpus = ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"] else {
      print("skipped: FLOWCASE_CORPUS is not set")
      return
    }
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", "\(corpus)/\(directory)", "--case", scratch.path("a.db"), "--no-model")
    #expect(try Program.run("carve", scratch.path("a.db"), "--split", scratch.path("flows")).status == 0)
    _ = try Program.run("scan", "-q", scratch.path("flows"), "--case", scratch.path("b.db"), "--no-model")
    #expect(try rows(scratch, "a.db") == rows(scratch, "b.db"))
  }

  @Test func chosenFlowsComeWithTheirLabelInTheirPackets() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("a.db"))
    let one = try Program.run(
      "carve", scratch.path("a.db"), "--where", "label = 'dns' -- and no more", "-o", scratch.path("dns.pcapng"))
    #expect(one.status == 0)
    #expect(one.talk.contains(try scratch.value("a.db", "SELECT count(*) FROM flows WHERE label = 'dns'") + " flows"))
    _ = try Program.run("scan", "-q", scratch.path("dns.pcapng"), "--case", scratch.path("b.db"))
    #expect(try scratch.value("b.db", "SELECT count(*) FROM flows WHERE label <> 'dns'") == "0")
    let packets = try scratch.value("a.db", "SELECT sum(orig_pkts + resp_pkts) FROM flows WHERE label = 'dns'")
    #expect(try scratch.value("b.db", "SELECT packets FROM evidence") == packets)
    // A number for the flow, and its label, on every packet.
    #expect(
      try scratch.value(
        "b.db", "SELECT count(*) FROM capture_notes WHERE name = 'packet' AND value GLOB '[0-9]*,dns'") == packets)
    let links = "SELECT group_concat(DISTINCT l.value) FROM evidence, json_each(link_types) AS l ORDER BY l.value"
    #expect(try !scratch.value("b.db", links).isEmpty)
    let nothing = try Program.run("carve", scratch.path("a.db"), "--where", "false", "-o", scratch.path("none.pcapng"))
    #expect(nothing.status == 2)
    #expect(nothing.talk.contains("no flow of the case is chosen"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("none.pcapng")))
  }

  @Test func evidenceIsFoundByItsDigestAndChangedEvidenceIsRefused() throws {
    let scratch = try Scratch()
    let source = URL(fileURLWithPath: Program.captures + "/http.pcap.gz")
    try FileManager.default.copyItem(at: source, to: URL(fileURLWithPath: scratch.path("a.pcap.gz")))
    _ = try Program.run("scan", "-q", scratch.path("a.pcap.gz"), "--case", scratch.path("a.db"))
    try FileManager.default.createDirectory(atPath: scratch.path("elsewhere"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: scratch.path("a.pcap.gz"), toPath: scratch.path("elsewhere/b.bin"))
    let gone = try Program.run("carve", scratch.path("a.db"), "-o", scratch.path("o.pcapng"))
    #expect(gone.status == 1)
    #expect(gone.talk.contains("is not there") && gone.talk.contains("--evidence"))
    let found = try Program.run(
      "carve", scratch.path("a.db"), "-o", scratch.path("o.pcapng"), "--evidence", scratch.path("elsewhere"))
    #expect(found.status == 0, "\(found.talk)")
    try FileManager.default.removeItem(atPath: scratch.path("o.pcapng"))
    // Another capture under the old name.
    try FileManager.default.copyItem(
      atPath: Program.captures + "/dns.pcap", toPath: scratch.path("a.pcap.gz"))
    let changed = try Program.run("carve", scratch.path("a.db"), "-o", scratch.path("o.pcapng"))
    #expect(changed.status == 1)
    #expect(changed.talk.contains("is not the file that was scanned"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("o.pcapng")))
    #expect(try !FileManager.default.contentsOfDirectory(atPath: scratch.url.path).contains { $0.hasPrefix(".") })
  }

  /// A case names its evidence as the scan was told: from another directory it is found all the same.
  @Test func evidenceIsFoundFromAnotherDirectory() throws {
    let scratch = try Scratch()
    for name in ["bench/e", "elsewhere"] {
      try FileManager.default.createDirectory(atPath: scratch.path(name), withIntermediateDirectories: true)
    }
    for name in ["dns.pcap", "tls13.pcap"] {
      try FileManager.default.copyItem(atPath: "\(Program.captures)/\(name)", toPath: scratch.path("bench/e/\(name)"))
    }
    func run(_ arguments: [String], in directory: String) throws -> Program.Result {
      try Program.run(arguments, in: scratch.path(directory))
    }
    #expect(try run(["scan", "-q", "e", "--no-model", "--case", "case.db"], in: "bench").status == 0)
    // Where the scan ran.
    let there = try run(["carve", "../bench/case.db", "-o", "there.pcapng"], in: "elsewhere")
    #expect(there.status == 0, "\(there.talk)")
    // A file of the same name here is not taken for it.
    try FileManager.default.createDirectory(atPath: scratch.path("elsewhere/e"), withIntermediateDirectories: true)
    try Data("another".utf8).write(to: URL(fileURLWithPath: scratch.path("elsewhere/e/dns.pcap")))
    let again = try run(["carve", "../bench/case.db", "-o", "there.pcapng"], in: "elsewhere")
    #expect(again.status == 0, "\(again.talk)")
    try FileManager.default.removeItem(atPath: scratch.path("elsewhere/e"))
    for paths in [["e"], ["e/dns.pcap"], ["../bench/e"], [scratch.path("bench/e")]] {
      let verified = try run(["verify", "../bench/case.db"] + paths, in: "elsewhere")
      #expect(verified.status == 0, "\(paths) \(verified.talk)")
    }
    let onto = try run(
      ["export", "../bench/case.db", "flows", "-o", "../bench/e/dns.pcap", "--force"], in: "elsewhere")
    #expect(onto.status == 1 && onto.talk.contains("evidence of the case"), "\(onto.talk)")
    // Beside the case, when all was moved.
    try FileManager.default.moveItem(atPath: scratch.path("bench"), toPath: scratch.path("moved"))
    let moved = try run(["carve", "../moved/case.db", "-o", "moved.pcapng"], in: "elsewhere")
    #expect(moved.status == 0, "\(moved.talk)")
    // Changed evidence is told as such, whatever it is called from here.
    try Data("changed".utf8).write(to: URL(fileURLWithPath: scratch.path("moved/e/dns.pcap")))
    for path in ["e/dns.pcap", "../moved/e/dns.pcap", scratch.path("moved/e/dns.pcap")] {
      let verified = try run(["verify", "../moved/case.db", path], in: "elsewhere")
      #expect(
        verified.status == 1 && verified.output.contains("has changed since the scan"), "\(path) \(verified.output)")
    }
    #expect(try run(["carve", "../moved/case.db", "-o", "changed.pcapng"], in: "elsewhere").status == 1)
  }

  /// A case that was tampered with cannot lead out of the directory.
  @Test func aFlowsNameStaysInTheDirectory() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures + "/dns.pcap", "--no-model", "--case", scratch.path("c.db"))
    let sqlite = Process()
    sqlite.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    sqlite.arguments = ["sqlite3", scratch.path("c.db"), "UPDATE evidence_item SET stream_sha256 = '/../../../../x'"]
    sqlite.standardError = FileHandle.nullDevice
    try sqlite.run()
    sqlite.waitUntilExit()
    guard sqlite.terminationStatus == 0 else { return }
    let carved = try Program.run("carve", scratch.path("c.db"), "--split", scratch.path("a/b"))
    #expect(carved.status == 1 && carved.talk.contains("impossible flow_uid"), "\(carved.talk)")
  }

  @Test func flowsThatSpanCapturesOfASequenceAndMembersOfArchivesAreCarved() throws {
    let scratch = try Scratch()
    // One recording in three parts, cut in the middle of flows, plain and in an archive.
    let whole = try Data(contentsOf: URL(fileURLWithPath: Program.captures + "/tls13.pcap"))
    try FileManager.default.createDirectory(atPath: scratch.path("r"), withIntermediateDirectories: true)
    for (index, part) in try Self.parts(of: whole, count: 3).enumerated() {
      try part.write(to: URL(fileURLWithPath: scratch.path("r/cap_0000\(index).pcap")))
    }
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/bin/tar")
    tar.arguments = ["-czf", scratch.path("all.tar.gz"), "-C", scratch.path("r"), "--sort=name", "."]
    try tar.run()
    tar.waitUntilExit()
    for evidence in ["r", "all.tar.gz"] {
      let name = "\(evidence).db"
      _ = try Program.run("scan", "-q", scratch.path(evidence), "--case", scratch.path(name))
      #expect(try scratch.value(name, "SELECT count(*) FROM flows WHERE last_evidence_path <> evidence_path") != "0")
      let output = scratch.path("\(evidence).pcapng")
      let carved = try Program.run("carve", scratch.path(name), "-o", output)
      #expect(carved.status == 0, "\(carved.talk)")
      _ = try Program.run("scan", "-q", output, "--case", scratch.path("\(evidence)-again.db"))
      #expect(try rows(scratch, name) == rows(scratch, "\(evidence)-again.db"))
    }
  }

  /// A little-endian pcap cut between records.
  private static func parts(of capture: Data, count: Int) throws -> [Data] {
    var records: [Data] = []
    var offset = 24
    while offset + 16 <= capture.count {
      let length = (0..<4).reduce(0) { $0 | Int(capture[offset + 8 + $1]) << (8 * $1) }
      records.append(capture[offset..<min(offset + 16 + length, capture.count)])
      offset += 16 + length
    }
    let size = (records.count + count - 1) / count
    return stride(from: 0, to: records.count, by: size).map { start in
      capture[..<24] + records[start..<min(start + size, records.count)].joined()
    }
  }

  @Test func theOutputIsAskedForOnce() throws {
    #expect(try Program.run("carve", "x.db").status == 64)
    #expect(try Program.run("carve", "x.db", "-o", "a", "--split", "b").status == 64)
  }
}
