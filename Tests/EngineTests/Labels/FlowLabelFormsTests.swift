import Engine
import Foundation
import Learning
import Testing

@Suite struct FlowLabelFormsTests {
  private static let ours = "ip_a\tport_a\tip_b\tport_b\tproto\tclass\n"

  @Test(arguments: [
    "\u{FEFF}class,ip_a,port_a,ip_b,port_b\r\nChat,192.0.2.1,4001,192.0.2.2,8080\r\n",
    "a,b,l4,note,label\n192.0.2.1:4001,192.0.2.2:8080,UDP,\"a \"\"b\"\", c\",Chat\n",
    ours.replacingOccurrences(of: "\n", with: "\r\n") + "192.0.2.2\t8080\t192.0.2.1\t4001\tudp\tChat\r\n\r\n",
    "Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Label\r\n"
      + "x,192.0.2.1,4001.0,192.0.2.2,8080,17,14/11/2023 22:13,Chat\r\n",
  ])
  func `lines may end as Windows ends them, and fields be quoted`(table: String) throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0), (4002, 1)]])
    let found = try recording.collect(table)
    #expect(found.classes == ["4001 Chat"])
    let counts = found.flowLabels
    #expect(counts.lines == 1 && counts.matchedLines == 1 && counts.flows == 1 && counts.withoutLine == 1)
    #expect(counts.unreadable.isEmpty && counts.unmatched.isEmpty)
  }

  @Test func `another protocol is another flow`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0)]])
    let found = try recording.collect(Self.ours + "192.0.2.1\t4001\t192.0.2.2\t8080\t6\tChat\n")
    #expect(found.classes.isEmpty && found.flowLabels.matchedLines == 0 && found.flowLabels.withoutLine == 1)
  }

  @Test func `a path is the end of a capture's, whatever it is compressed with`() throws {
    let recording = try LabelledRecording([
      "lab/one.pcap": [(4001, 0)], "other/one.pcap": [(4001, 0)], "other/xone.pcap": [(4001, 0)],
    ])
    try recording.run("gzip", ["-q", recording.directory + "/lab/one.pcap"])
    let line = "192.0.2.1\t4001\t192.0.2.2\t8080\t17\tChat\n"
    let header = "path\t" + Self.ours
    #expect(try recording.collect(header + "lab/one.pcap\t" + line).found.map { $0.prefix(11) } == ["one.pcap.gz"])
    #expect(try recording.collect(header + "lab/one.pcap.zst\t" + line).found.count == 1)
    #expect(try recording.collect(header + "one.pcap\t" + line).found.count == 2)
    #expect(try recording.collect(header + "ab/one.pcap\t" + line).found.isEmpty)
    #expect(try recording.collect(header + "-\t" + line).found.count == 3, "a line without a path counts everywhere")
  }

  @Test func `a member of an archive is named by its own path or behind the archive's`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0)]])
    try recording.run("tar", ["-C" + recording.directory, "-cf" + recording.directory + "/all.tar", "one.pcap"])
    try recording.run("rm", ["-f", recording.directory + "/one.pcap"])
    let line = "\t192.0.2.1\t4001\t192.0.2.2\t8080\t17\tChat\n"
    for path in ["one.pcap", "all.tar!one.pcap", "all.tar/one.pcap"] {
      #expect(try recording.collect("path\t" + Self.ours + path + line).classes == ["4001 Chat"], "\(path)")
    }
  }

  @Test func `a time tells flows of one five-tuple apart`() throws {
    // Idle for longer than any timeout, so that each is a flow.
    let recording = try LabelledRecording(["one.pcap": [(4001, 0), (4001, 4000), (4001, 8000)]])
    let header = "first_ts\t" + Self.ours, line = "\t192.0.2.1\t4001\t192.0.2.2\t8080\t17\t"
    func at(_ seconds: Double, _ label: String) -> String { "\(1_700_000_000 + seconds)\(line)\(label)\n" }
    let each = try recording.collect(header + at(0.9, "A") + at(4000, "B") + at(8000.5, "C"))
    #expect(each.classes == ["4001 A", "4001 B", "4001 C"])
    let later = try recording.collect(header + at(0, "A") + at(8000, "C"))
    #expect(later.classes == ["4001 A", "4001 A", "4001 C"], "a flow cut later than the line is the line's still")
    let after = try recording.collect(header + at(4001.5, "B"))
    #expect(after.classes == ["4001 B"] && after.flowLabels.withoutLine == 2)
    let none = try recording.collect(header + "\(line)A\n")
    #expect(none.classes == ["4001 A", "4001 A", "4001 A"])
  }

  @Test func `lines that contradict leave a flow out, lines that agree do not`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0), (4002, 0)]])
    let a = "192.0.2.1\t4001\t192.0.2.2\t8080\t17\t", b = "192.0.2.1\t4002\t192.0.2.2\t8080\t17\t"
    let found = try recording.collect(Self.ours + a + "Chat\n" + b + "Chat\n", Self.ours + a + "Mail\n" + b + "Chat\n")
    #expect(found.classes == ["4002 Chat"])
    #expect(found.flowLabels.contradicted.map(\.originator.port) == [4001])
    #expect(found.flowLabels.lines == 4 && found.flowLabels.withoutLine == 0)
  }

  @Test func `a line that names no flow says whether its capture was read`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0)]])
    let line = "\t192.0.2.1\t4009\t192.0.2.2\t8080\t17\tChat\n"
    let found = try recording.collect("path\t" + Self.ours + "one.pcap" + line + "two.pcap" + line + line)
    #expect(found.flowLabels.unmatched.map(\.line) == [2, 3, 4])
    #expect(found.flowLabels.unmatched.map(\.isCaptureKnown) == [true, false, true])
    #expect(found.flowLabels.unmatched.map(\.path) == ["one.pcap", "two.pcap", nil])
    #expect(found.flowLabels.unlabelled.map(\.originator.port) == [4001])
  }

  @Test func `a line that cannot be read is named, and others count`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0)]])
    let good = "192.0.2.1\t4001\t192.0.2.2\t8080\t17\tChat\n"
    let found = try recording.collect(Self.ours + "192.0.2\t4001\t192.0.2.2\t8080\t17\tChat\n" + good + "\nx\ty\n")
    #expect(found.classes == ["4001 Chat"])
    #expect(found.flowLabels.unreadable.map(\.line) == [2])
    #expect(found.flowLabels.unreadable.allSatisfy { $0.table == "table 1" && !$0.reason.isEmpty })
    let json = try recording.collect("{\"a\":\n{}\n")
    #expect(json.flowLabels.unreadable.map { "\($0.table) \($0.line)" } == ["table 1 1", "table 1 2"])
  }

  @Test(arguments: ["ip_a,ip_b,class\n", "#fields\tts\tuid\n1\t2\n", "x,y\r\n1,2\r\n"])
  func `a table whose header names no flow or no class is refused`(text: String) throws {
    var labels = FlowLabels()
    #expect(throws: LabelMapError.self) { try labels.add(text, name: "t", .init()) }
  }

  @Test func `classes are renamed or not used, and conditions choose lines`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0), (4002, 0), (4003, 0), (4004, 0)]])
    var options = FlowLabels.Options()
    options.classes = try ClassNames(parsing: "# names\r\nvpn-chat Vpn_Chat\r\nother:* Other\r\ndns -\r\n")
    options.conditions = [("kind", "app"), ("missing", "x")]
    let header = "kind,a,b,class\r\n"
    let rows = [("app", 4001, "VPN-Chat"), ("app", 4002, "Other:Game"), ("app", 4003, "DNS"), ("bg", 4004, "Chat")]
    let table = header + rows.map { "\($0),192.0.2.1:\($1),192.0.2.2:8080,\($2)\r\n" }.joined()
    let found = try recording.collect(table, options: options)
    #expect(found.classes == ["4001 Vpn_Chat", "4002 Other"])
    #expect(found.flowLabels.lines == 2 && found.flowLabels.withoutLine == 2)
  }

  @Test func `a laboratory is the line's, else the manifest's, else the table's`() throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0), (4002, 0)], "two.pcap": [(4001, 0)]])
    var options = FlowLabels.Options()
    options.laboratory = "table"
    options.manifest = LaboratoryManifest.laboratories("lab\tpath\r\nbrno\tone.pcap\r\n")
    let line = "\t192.0.2.1\t4001\t192.0.2.2\t8080\t17\tChat"
    let found = try recording.collect(
      "path\tip_a\tport_a\tip_b\tport_b\tproto\tclass\tlab\tgroup\none.pcap\(line)\t\t\ntwo.pcap\(line)\t\t\n"
        + "one.pcap\t192.0.2.1\t4002\t192.0.2.2\t8080\t17\tChat\tmine\tmorning\n", options: options)
    #expect(
      found.found == [
        "one.pcap 4001 Chat brno/one brno", "one.pcap 4002 Chat morning mine", "two.pcap 4001 Chat table/two table",
      ])
    #expect(LaboratoryManifest.laboratories("name\tlab\nx\ty\n").isEmpty && LaboratoryManifest.laboratories("").isEmpty)
  }
}
