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
    let text = try scratch.write("notes.txt", Data("a file that is no capture, for a problem row".utf8))
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
      .split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
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
