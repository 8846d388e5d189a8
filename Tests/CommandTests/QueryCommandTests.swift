import Foundation
import Testing

@Suite struct QueryCommandTests {
  @Test func aQueryOnlyReads() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"), "--no-model")
    let before = try Data(contentsOf: scratch.url.appendingPathComponent("c.db"))
    for sql in [
      "DELETE FROM flow", "DROP VIEW flows", "ATTACH 'x' AS y", "SELECT 1; SELECT 2", "PRAGMA user_version = 9",
    ] {
      #expect(try Program.run("query", scratch.path("c.db"), sql).status == 1, "\(sql)")
    }
    #expect(try Data(contentsOf: scratch.url.appendingPathComponent("c.db")) == before)
  }

  @Test(arguments: ["flows", "labels", "attention", "evidence", "problems", "hosts", "conversations", "timeline"])
  func everySubjectExportsInEveryForm(subject: String) throws {
    let scratch = try Scratch()
    let text = try scratch.write("notes.pcap", Data("a file that is no capture, for a problem row".utf8))
    _ = try Program.run("scan", "-q", Program.captures, text, "--case", scratch.path("c.db"))
    for format in ["table", "csv", "jsonl", "markdown"] {
      let file = scratch.path("\(subject).\(format)")
      let result = try Program.run("export", scratch.path("c.db"), subject, "--format", format, "-o", file)
      #expect(result.status == 0)
      #expect(result.output.isEmpty)
      #expect(try !String(contentsOfFile: file, encoding: .utf8).isEmpty)
    }
    let rows = try String(contentsOfFile: scratch.path("\(subject).jsonl"), encoding: .utf8).split(separator: "\n")
    for row in rows { _ = try JSONSerialization.jsonObject(with: Data(row.utf8)) }
    #expect(!rows.isEmpty)
  }

  @Test func theAttentionOfAHierarchicalModelIsExportedByPacketAndByField() throws {
    let scratch = try Scratch()
    _ = try Program.run(
      "scan", "-q", Program.captures + "/tls13.pcap", "--case", scratch.path("c.db"), "--model",
      Program.fixtures + "/models/pytorch-han.safetensors")
    let lines = try Program.run("export", scratch.path("c.db"), "attention", "--format", "csv").output
      .split(whereSeparator: \.isNewline).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(
      lines.first?.joined(separator: ",") == "label,packet,flows,mean,stddev,model_sha256,field,part,byte_share")
    let fields = lines.dropFirst().filter { $0[1].isEmpty }.map { "\($0[6]) \($0[7])" }
    #expect(fields == ["none none", "dns.header payload", "payload payload", "tls.record payload"].sorted())
    let packets = lines.dropFirst().filter { !$0[1].isEmpty }
    #expect(packets.map { $0[1] } == ["1", "2", "3", "4"])
    #expect(packets.allSatisfy { $0[6].isEmpty && $0[7].isEmpty && $0[8].isEmpty })
  }

  /// What is no plain file is written into, never replaced by one.
  @Test func outputGoesIntoPipesAndDevicesAndThroughLinks() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures + "/dns.pcap", "--case", scratch.path("c.db"), "--no-model")
    let device = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    #expect(try Program.run("export", scratch.path("c.db"), "flows", "-o", "/dev/null").status == 0)
    #expect(try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType == device)
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link"), withDestinationPath: scratch.path("target"))
    #expect(try Program.run("export", scratch.path("c.db"), "flows", "-o", scratch.path("link")).status == 0)
    let link = try FileManager.default.attributesOfItem(atPath: scratch.path("link"))[.type] as? FileAttributeType
    #expect(link == .typeSymbolicLink)
    #expect(try String(contentsOfFile: scratch.path("target"), encoding: .utf8).contains("dns"))
    let refused = try Program.run("export", scratch.path("c.db"), "flows", "-o", scratch.path("no/such/directory"))
    #expect(refused.status == 1 && refused.talk.contains("No such file or directory"))
  }

  /// Plain values go into other programs; so do lines that end in LF alone. A file has RFC 4180's CR LF.
  @Test func outputForOtherProgramsIsPlain() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures + "/dns.pcap", "--case", scratch.path("c.db"), "--no-model")
    let rows = "SELECT 1 AS a, 'x\ty' || char(10) AS b, NULL AS c UNION ALL SELECT 2.5, '-1', ''"
    func ask(_ options: String...) throws -> String {
      try Program.run(["query", scratch.path("c.db"), rows] + options).output
    }
    #expect(try ask("--format", "value") == "1\tx\\u0009y\\u000A\t\n2.5\t-1\t\n")
    #expect(try ask("--format", "value", "--raw") == "1\tx\ty\n\t\n2.5\t-1\t\n")
    #expect(try ask("--format", "csv") == "a,b,c\n1,x\\u0009y\\u000A,\n2.5,'-1,\"\"\n")
    let file = scratch.path("rows.csv")
    #expect(try Program.run("query", scratch.path("c.db"), rows, "--format", "csv", "-o", file).status == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "a,b,c\r\n1,x\\u0009y\\u000A,\r\n2.5,'-1,\"\"\r\n")
    let shell = Process(), output = Pipe()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c",
      """
      mkfifo fifo; cat fifo & "$0" query c.db "SELECT 7 AS n" --format csv -o fifo; wait
      "$0" query c.db "SELECT 8 AS n" --format csv > file; cat file
      """, Program.url.path,
    ]
    shell.currentDirectoryURL = scratch.url
    shell.standardOutput = output
    try shell.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(text == "n\n7\nn\r\n8\r\n")
  }

  /// On a terminal a table ends where the terminal does and says what is not shown; elsewhere all is there.
  @Test func aTableOnATerminalShowsWhatFits() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures + "/dns.pcap", "--case", scratch.path("c.db"), "--no-model")
    let script = Process(), output = Pipe()
    script.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let export = "stty cols 100; unset COLUMNS; '\(Program.url.path)' export '\(scratch.path("c.db"))' flows --limit 3"
    script.arguments = ["script", "-qec", export, "/dev/null"]
    script.standardOutput = output
    script.standardInput = FileHandle.nullDevice
    try script.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    script.waitUntilExit()
    guard text.contains("flow_id") else { return }
    let lines = text.split(whereSeparator: \.isNewline)
    #expect(lines.prefix(5).allSatisfy { $0.count <= 100 }, "\(text)")
    #expect(text.contains("columns do not fit and are not shown") && text.contains("--columns"), "\(text)")
    let whole = try Program.run("export", scratch.path("c.db"), "flows").output
    #expect(!whole.contains("do not fit") && whole.split(separator: "\n")[0].contains("evidence_sha256"))
  }

  @Test func theFlowsViewBeginsWithThePublishedColumns() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures + "/dns.pcap", "--case", scratch.path("c.db"), "--no-model")
    let header = try Program.run("query", scratch.path("c.db"), "SELECT * FROM flows LIMIT 1", "--format", "csv").output
    #expect(
      header.hasPrefix(
        "flow_id,flow_uid,community_id,flow_start,flow_end,start_ns,end_ns,duration_s,proto,orig_ip,orig_port,resp_ip,resp_port,vlan,tunnel,orig_pkts,resp_pkts,orig_bytes,resp_bytes,end_reason,conn_state,history,server_name,label,label_source,predicted_label,confidence,probabilities,attention,model_sha256,evidence_path,evidence_sha256"
      ))
  }
}
