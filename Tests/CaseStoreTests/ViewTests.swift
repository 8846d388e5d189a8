import CaseStore
import Foundation
import Records
import Testing

@Suite struct ViewTests {
  private func scan(flows: Int = 8) throws -> ScratchCase {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let model = try writer.register(model: Sample.model())
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<flows, to: writer, run: run, model: model)
    try writer.finish()
    return scratch
  }

  @Test(arguments: [
    (
      "flows",
      """
      flow_id flow_uid community_id flow_start flow_end start_ns end_ns duration_s proto orig_ip orig_port resp_ip \
      resp_port vlan tunnel orig_pkts resp_pkts orig_bytes resp_bytes end_reason conn_state history server_name label \
      label_source predicted_label confidence probabilities attention model_sha256 evidence_path evidence_sha256
      """
    ),
    (
      "evidence",
      """
      path sha256 stream_sha256 format link_types packets packets_in_flows packets_not_ip packets_undecodable \
      packets_filtered bytes_lost status
      """
    ),
    ("problems", "evidence_path offset code message"),
  ])
  func promisedColumnsComeFirst(view: String, columns: String) throws {
    let scratch = try scan()
    let promised = columns.split(separator: " ").map(String.init)
    let found = try scratch.ask("SELECT name FROM pragma_table_info('\(view)') ORDER BY cid")
    #expect(Array(found.prefix(promised.count)) == promised)
  }

  @Test func aFlowReadsAsAnExaminerExpects() throws {
    let scratch = try scan()
    #expect(
      try scratch.ask("SELECT flow_id, flow_uid, flow_start, flow_end, duration_s, orig_ip, resp_ip FROM flows LIMIT 1")
        == [
          "1|F010101010101-1|2015-04-29T16:25:27.323512000Z|2015-04-29T16:25:27.823512000Z|0.5|10.0.0.1|192.0.2.0"
        ])
    #expect(
      try scratch.ask(
        "SELECT label, label_source, predicted_label, confidence, probabilities, attention FROM flows LIMIT 4") == [
          "dns|protocol|NULL|NULL|NULL|NULL",
          #"voip|model|voip|0.633333|{"chat":0.366667,"voip":0.633333}|[0.25,0.75]"#,
          #"chat|model|chat|0.666667|{"chat":0.666667,"voip":0.333333}|[1]"#,
          #"unknown|model|voip|0.51|{"chat":0.49,"voip":0.51}|[0.1,0.2,0.7]"#,
        ])
  }

  @Test(arguments: [
    0, 1, -1, 999_999_999, -1_000_000_000, -1_000_000_001, 1_430_324_727_323_512_000, -9_000_000_000_000_000_001,
    Int64.max, Int64.min,
  ])
  func timesAreWhatTheRecordsSay(nanoseconds: Int64) throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
    var flow = Sample.flow(0)
    flow.start = CaptureTime(nanoseconds: nanoseconds)
    flow.end = flow.start
    try writer.append(ClassifiedFlow(flow: flow, classification: .none), evidence: evidence, model: nil)
    try writer.closeEvidence(evidence, as: Sample.record("a.pcap", 1, flows: 1), duplicateOf: nil)
    try writer.commitUnit()
    #expect(
      try scratch.ask("SELECT flow_start, flow_end FROM flows") == ["\(flow.start.rfc3339)|\(flow.start.rfc3339)"])
    #expect(try scratch.ask("SELECT first_seen FROM hosts LIMIT 1") == [flow.start.rfc3339])
  }

  @Test func withoutAModelNoFlowHasAClass() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try Sample.add("a.pcap", 1, flows: 0..<3, to: writer, run: writer.beginRun(Sample.run), model: nil)
    #expect(try scratch.ask("SELECT DISTINCT label, label_source, model_sha256 FROM flows") == ["unknown|none|NULL"])
    #expect(try scratch.ask("SELECT label, label_source, flows FROM label_summary") == ["unknown|none|3"])
  }

  @Test func theNewestModelIsShownAndAFlowStaysOneRow() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let old = try writer.register(model: Sample.model(1))
    let new = try writer.register(model: Sample.model(2, labels: ["web", "mail"]))
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
    let prediction = Classification.model(
      Prediction(probabilities: [0.9, 0.1], predicted: 0, verdict: .label(0), attention: [1]))
    let flow = try writer.append(
      ClassifiedFlow(flow: Sample.flow(1), classification: prediction), evidence: evidence, model: new)
    try writer.append(prediction, flow: flow, evidence: evidence, model: old)
    try writer.closeEvidence(evidence, as: Sample.record("a.pcap", 1, flows: 1), duplicateOf: nil)
    try writer.commitUnit()
    #expect(try scratch.ask("SELECT label FROM flows") == ["web"])
    #expect(try scratch.ask("SELECT label, flows FROM label_summary ORDER BY 1") == ["chat|1", "web|1"])
  }

  @Test func summariesAreTheSumsOfTheFlows() throws {
    let scratch = try scan(flows: 203)
    #expect(
      try scratch.ask("SELECT label, label_source, flows, packets, bytes FROM label_summary ORDER BY 1")
        == scratch.ask(
          """
          SELECT label, label_source, count(*), sum(orig_pkts + resp_pkts), sum(orig_bytes + resp_bytes)
          FROM flows GROUP BY 1, 2 ORDER BY 1
          """))
    #expect(
      try scratch.ask("SELECT label FROM label_summary WHERE label_source = 'model' ORDER BY 1")
        == scratch.ask(
          """
          SELECT s.label FROM label_summary AS s JOIN (SELECT label, avg(confidence) AS c FROM flows GROUP BY 1) AS f
          ON s.label = f.label WHERE abs(s.mean_confidence - f.c) < 1e-9 ORDER BY 1
          """))
    #expect(
      try scratch.ask("SELECT label, packet, flows FROM attention WHERE abs(mean - 0.75) + stddev < 1e-6") == [
        "voip|2|51"
      ])
    #expect(
      try scratch.ask("SELECT hour, label, flows FROM timeline ORDER BY 1, 2")
        == scratch.ask(
          "SELECT substr(flow_start, 1, 13) || ':00:00Z', label, count(*) FROM flows GROUP BY 1, 2 ORDER BY 1, 2"))
    #expect(
      try scratch.ask("SELECT flows_originated, bytes_received FROM hosts WHERE ip = '10.0.0.1'") == [
        "203|\(203 * 4000)"
      ])
    #expect(try scratch.ask("SELECT sum(flows), sum(orig_bytes) FROM conversations") == ["203|\(203 * 500)"])
    #expect(try scratch.ask("SELECT problems, bytes_lost, codes FROM problems_by_file") == ["1|5|truncated_capture"])
    #expect(try scratch.ask("SELECT * FROM ledger_mismatch").isEmpty)
  }

  @Test func aLedgerThatDoesNotAddUpIsFound() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
    var record = try Sample.record("a.pcap", 1, flows: 1)
    record.ledger.filtered = 2
    (record.bytesRead, record.bytesSkipped) = (4000, 999)
    try writer.closeEvidence(evidence, as: record, duplicateOf: nil)
    try writer.commitUnit()
    #expect(
      try scratch.ask("SELECT * FROM ledger_mismatch") == [
        "a.pcap|packets|12|14", "a.pcap|flow packets|9|0", "a.pcap|bytes|5000|4999",
      ])
  }

  @Test func theTreeShowsWhatIsInWhat() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    try writer.beginUnit(run: writer.beginRun(Sample.run))
    let outer = try writer.openEvidence(path: "a.zip", parent: nil)
    let inner = try writer.openEvidence(path: "a.zip!/b.tar", parent: outer)
    let leaf = try writer.openEvidence(path: "a.zip!/b.tar!/c.pcap", parent: inner)
    for (id, path) in [(leaf, "a.zip!/b.tar!/c.pcap"), (inner, "a.zip!/b.tar"), (outer, "a.zip")] {
      try writer.closeEvidence(
        id, as: EvidenceRecord(path: path, format: "x", status: .complete), duplicateOf: nil)
    }
    try writer.commitUnit()
    #expect(
      try scratch.ask("SELECT depth, path, root_id FROM evidence_tree ORDER BY evidence_id") == [
        "0|a.zip|1", "1|a.zip!/b.tar|1", "2|a.zip!/b.tar!/c.pcap|1",
      ])
  }

  @Test func foldersHaveWhatLiesInThem() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let model = try writer.register(model: Sample.model())
    let run = try writer.beginRun(Sample.run)
    try Sample.add("e/one/a.pcap", 1, flows: 0..<8, to: writer, run: run, model: model)
    try Sample.add("e/one/b.pcap", 2, flows: 20..<25, to: writer, run: run, model: model)
    try Sample.add("e/two/ü/c.pcap", 3, flows: 40..<42, to: writer, run: run, model: model)
    try writer.beginUnit(run: run)
    let names = ["x", "/y", "e/one/d.zip"]
    var archive: Int64?
    for name in names {
      archive = try writer.openEvidence(path: name, parent: nil)
      try writer.closeEvidence(
        archive ?? 0, as: EvidenceRecord(path: name, format: "zip", status: .complete), duplicateOf: nil)
    }
    let member = "e/one/d.zip!/deep/in/it.txt"
    let text = try writer.openEvidence(path: member, parent: archive)
    try writer.closeEvidence(
      text, as: EvidenceRecord(path: member, format: "text", status: .ignored), duplicateOf: nil)
    try writer.commitUnit()
    try writer.finish()
    #expect(
      try scratch.ask("SELECT folder, files, flows, ignored FROM evidence_by_folder ORDER BY folder") == [
        ".|1|0|0", "/|1|0|0", "e/one|3|13|1", "e/two/ü|1|2|0",
      ])
    #expect(
      try scratch.ask("SELECT folder, sum(flows), sum(packets) > 0 FROM labels_by_folder GROUP BY folder ORDER BY 1")
        == [
          "e/one|13|1", "e/two/ü|2|1",
        ])
  }

  /// What a label was worth, with the rates of a model file of some text.
  private func rates(_ text: String) throws -> [String] {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    var record = try Sample.model()
    record.metadataJSON = #"{"flowcase.error_rates":\#(JSONString.literal(text))}"#
    let model = try writer.register(model: record)
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<8, to: writer, run: run, model: model)
    try writer.finish()
    let columns = "label, error_rate_new_captures, flows_tested_new_captures, error_rate_known_captures"
    let summary = try scratch.ask("SELECT \(columns) FROM label_summary ORDER BY 1")
    for view in ["timeline", "labels_by_host", "labels_by_evidence", "labels_by_folder"] {
      let found = try scratch.ask("SELECT DISTINCT label, error_rate_new_captures FROM \(view) ORDER BY 1")
      #expect(found == summary.map { $0.split(separator: "|")[..<2].joined(separator: "|") }, "\(view)")
    }
    return summary
  }

  @Test func `each label has its own measured error rate beside its count`() throws {
    let labels = #"[{"label":"chat","flows":9,"given":8,"wrong":2},{"label":"voip","flows":9,"given":0,"wrong":0}]"#
    let found = try rates(
      #"[{"split":"grouped","flows":20,"coverage":0.4,"error_rate":0.25,"labels":\#(labels)}]"#)
    #expect(
      found == ["chat|0.25|8|NULL", "dns|NULL|NULL|NULL", "unknown|NULL|NULL|NULL", "voip|NULL|0|NULL"],
      "a label that no test flow got has not been measured")
  }

  @Test func `a model file that does not say it by label gives the rate of all labels`() throws {
    let found = try rates(
      #"[{"split":"grouped","flows":20,"coverage":0.5,"error_rate":0.25},{"split":"random","flows":9,"coverage":1,"error_rate":0.125}]"#
    )
    #expect(
      found == ["chat|0.25|10|0.125", "dns|NULL|NULL|NULL", "unknown|NULL|NULL|NULL", "voip|0.25|10|0.125"])
    #expect(try rates("[]").allSatisfy { $0.hasSuffix("|NULL|NULL|NULL") })
  }
}

private enum JSONString {
  /// A text as a JSON string.
  static func literal(_ text: String) -> String { "\"" + text.replacing("\"", with: "\\\"") + "\"" }
}
