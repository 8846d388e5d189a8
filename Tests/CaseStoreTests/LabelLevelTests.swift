import CaseStore
import Foundation
import Records
import Testing

/// Flows that are given a full label, the class alone, or nothing.
@Suite struct LabelLevelTests {
  private static func model(parents: [String]? = ["Streaming", "Chat", "Streaming"], metadata: String = "{}") throws
    -> ModelRecord
  {
    ModelRecord(
      sha256: try Sample.digest(0xab), architecture: "attention-lstm", labels: ["Vpn_Streaming", "Chat", "Streaming"],
      parents: parents, packetCount: 10, threshold: 0.5, metadataJSON: metadata)
  }

  /// Flows in turn: a full label, the class alone, nothing, the other class alone, a protocol.
  private static func classified(_ number: Int) -> ClassifiedFlow {
    var prediction = Prediction(
      probabilities: [0.45, 0.2, 0.35], predicted: 0, verdict: .label(0), confidence: 0.92, attention: [0.25, 0.75])
    prediction.classSet = [0, 1]
    prediction.contributions = [1.5, -0.25]
    switch number % 5 {
    case 0: break
    case 1: (prediction.verdict, prediction.confidence) = (.classOnly(0), 0.8)
    case 2: (prediction.verdict, prediction.classSet, prediction.contributions) = (.abstain, [], [])
    case 3: (prediction.verdict, prediction.probabilities) = (.classOnly(1), [0.4, 0.6, 0])
    default: return ClassifiedFlow(flow: Sample.flow(number), classification: .protocolName("dns"))
    }
    var flow = Sample.flow(number)
    if number % 2 == 1 { flow.vantage = .tunnelInterface(linkType: 101) }
    if number % 5 == 2 { (flow.tunnel, flow.vantage) = ("GRE 192.0.2.1>192.0.2.2", .openedTunnel) }
    return ClassifiedFlow(flow: flow, classification: .model(prediction))
  }

  private static func add(
    _ path: String, _ byte: UInt8, _ flows: Range<Int>, to writer: CaseWriter, run: Int64, model: Int64?,
    secondCopy: Bool = false
  ) throws {
    try writer.beginUnit(run: run)
    let copy = secondCopy ? try writer.openEvidence(path: "copy of \(path)", parent: nil) : nil
    let evidence = try writer.openEvidence(path: path, parent: nil)
    if let copy {
      for number in flows { try writer.append(classified(number), evidence: copy, model: model) }
      try writer.append(classified(flows.lowerBound), evidence: evidence, model: model)
      // The flow that was written in between moves down.
      try writer.discardFlows(of: copy)
      var record = try Sample.record("copy of \(path)", byte ^ 0x40, flows: 0, status: .duplicate)
      record.ledger = PacketLedger()
      try writer.closeEvidence(copy, as: record, duplicateOf: nil)
    }
    for number in secondCopy ? flows.dropFirst() : flows {
      var flow = classified(number)
      if model == nil { flow.classification = .none }
      try writer.append(flow, evidence: evidence, model: model)
    }
    try writer.closeEvidence(evidence, as: Sample.record(path, byte, flows: flows.count), duplicateOf: nil)
    try writer.commitUnit()
  }

  private static func run(_ writer: CaseWriter) throws -> Int64 {
    var record = Sample.run
    record.settings["model_sha256"] = try Sample.digest(0xab).description
    return try writer.beginRun(record)
  }

  private func scan(
    _ captures: [(String, UInt8, Range<Int>)] = [("a.pcap", 1, 0..<5)], secondCopy: Bool = false,
    metadata: String = "{}"
  ) throws -> ScratchCase {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let model = try writer.register(model: Self.model(metadata: metadata))
    let run = try Self.run(writer)
    for (path, byte, flows) in captures {
      try Self.add(path, byte, flows, to: writer, run: run, model: model, secondCopy: secondCopy)
    }
    try writer.finish()
    return scratch
  }

  private func faults(_ scratch: ScratchCase) throws -> [String] {
    try CaseVerifier(path: scratch.path, hash: ScratchCase.hash).findings().filter { !$0.isSound }.map(\.subject)
  }

  @Test func `a flow reads as it was given, with what else the model says`() throws {
    let scratch = try scan()
    #expect(try scratch.ask("SELECT name FROM model_class ORDER BY position") == ["Streaming", "Chat"])
    #expect(try scratch.ask("SELECT class_position FROM model_label ORDER BY position") == ["0", "1", "0"])
    #expect(
      try scratch.ask(
        """
        SELECT label, model_label, label_level, predicted_label, confidence, label_set, packet_contributions, is_abstained
        FROM flows
        """) == [
          #"Vpn_Streaming|Vpn_Streaming|full|Vpn_Streaming|0.92|["Streaming","Chat"]|[1.5,-0.25]|0"#,
          #"Streaming|Streaming|class|Vpn_Streaming|0.8|["Streaming","Chat"]|[1.5,-0.25]|0"#,
          "unknown|unknown|NULL|Vpn_Streaming|0.92|NULL|NULL|1",
          #"Chat|Chat|class|Vpn_Streaming|0.92|["Streaming","Chat"]|[1.5,-0.25]|0"#,
          "dns|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
        ])
    // The sum over a class's labels, not the most probable label's, tells the class.
    #expect(
      try scratch.ask("SELECT class_position FROM prediction ORDER BY flow_id") == ["0", "0", "0", "1", "NULL"])
    #expect(
      try scratch.ask("SELECT vantage, vantage_reason FROM flows") == [
        "NULL|NULL", "tunnel-interface|link type 101 (raw IP) is what a tunnel interface records",
        "opened-tunnel|it was found inside GRE 192.0.2.1>192.0.2.2",
        "tunnel-interface|link type 101 (raw IP) is what a tunnel interface records", "NULL|NULL",
      ])
    #expect(try faults(scratch) == [])
  }

  @Test(arguments: [false, true]) func `sums count under the name that was given`(isSummedFromRows: Bool) throws {
    let scratch = try scan([("a.pcap", 1, 0..<50), ("b.pcap", 2, 50..<83)], secondCopy: isSummedFromRows)
    let counted = "SELECT label, label_source, count(*) FROM flows GROUP BY 1, 2 ORDER BY 1, 2"
    for table in ["label_summary", "timeline", "labels_by_evidence", "labels_by_folder"] {
      let summed = "SELECT label, label_source, sum(flows) FROM \(table) GROUP BY 1, 2 ORDER BY 1, 2"
      #expect(try scratch.ask(summed) == scratch.ask(counted), "\(table)")
    }
    let byHost = "SELECT label, flows FROM labels_by_host WHERE ip = '10.0.0.1' ORDER BY 1"
    #expect(try scratch.ask(byHost) == scratch.ask("SELECT label, count(*) FROM flows GROUP BY 1 ORDER BY 1"))
    #expect(
      try scratch.ask("SELECT label, flows, flows_given_class FROM label_summary ORDER BY 1") == [
        "Chat|16|16", "Streaming|17|17", "Vpn_Streaming|17|0", "dns|16|NULL", "unknown|17|0",
      ])
    #expect(
      try scratch.ask("SELECT label, flows FROM attention WHERE packet = 2 ORDER BY 1") == [
        "Chat|16", "Streaming|17", "Vpn_Streaming|17", "unknown|17",
      ])
    #expect(try faults(scratch) == [])
  }

  @Test(arguments: [
    ("UPDATE prediction SET class_set = '[0]' WHERE flow_id = 1", "flows"),
    ("UPDATE prediction SET contributions = NULL WHERE flow_id = 2", "flows"),
    ("UPDATE prediction SET class_position = 1 WHERE flow_id = 3", "flows"),
    ("UPDATE prediction SET label_level = 'full' WHERE flow_id = 2", "sums"),
    ("UPDATE flow SET vantage = NULL WHERE flow_id = 2", "flows"),
    ("UPDATE flow SET vantage_reason = 'none' WHERE flow_id = 3", "flows"),
  ]) func `what is changed in a new column shows`(sql: String, subject: String) throws {
    let scratch = try scan()
    #expect(try Shell.sqlite(scratch.path, sql) == 0)
    #expect(try faults(scratch).first == subject)
  }

  @Test func `merging gives the same rows in either order`() throws {
    let one = try scan([("a.pcap", 1, 0..<23)]), other = try scan([("b.pcap", 2, 40..<71)])
    let merged = try [[one, other], [other, one]].map { cases in
      let scratch = try ScratchCase()
      let merger = try CaseMerger(path: scratch.path, hash: ScratchCase.hash)
      for source in cases { try merger.add(source.path) }
      #expect(try merger.finish().conflicts == [])
      #expect(try faults(scratch) == [])
      return scratch
    }
    for sql in [
      "SELECT flow_uid, label, model_label, label_level, label_set, packet_contributions, vantage, vantage_reason FROM flows ORDER BY 1",
      "SELECT * FROM label_summary ORDER BY label", "SELECT * FROM attention ORDER BY label, packet",
      "SELECT * FROM labels_by_host ORDER BY ip, label", "SELECT * FROM model_class", "SELECT * FROM model_label",
    ] {
      #expect(try merged[0].ask(sql) == merged[1].ask(sql) && !merged[0].ask(sql).isEmpty, "\(sql)")
    }
    #expect(
      try merged[0].ask("SELECT flows_sha256 FROM evidence_item ORDER BY path")
        == (one.ask("SELECT flows_sha256 FROM evidence_item") + other.ask("SELECT flows_sha256 FROM evidence_item")))
  }

  @Test func `a case that knows other classes of one model is not merged`() throws {
    let one = try scan(), other = try scan()
    #expect(try Shell.sqlite(other.path, "UPDATE model_label SET class_position = 1 WHERE position = 2") == 0)
    let scratch = try ScratchCase()
    let merger = try CaseMerger(path: scratch.path, hash: ScratchCase.hash)
    try merger.add(one.path)
    #expect(throws: StoreError(.damaged, "")) { try merger.add(other.path) }
  }

  @Test func `a model that is asked later says the same as in a scan`() throws {
    let scanned = try scan([("a.pcap", 1, 0..<20)]), later = try ScratchCase()
    let writer = try later.writer()
    let first = try writer.register(model: Sample.model())
    try Self.add("a.pcap", 1, 0..<20, to: writer, run: Self.run(writer), model: nil)
    let model = try writer.register(model: Self.model())
    #expect(first < model)
    try writer.reclassify(model: model) { add in
      for number in 0..<20 { try add(Int64(number + 1), 1, Self.classified(number).classification) }
    }
    try writer.finish()
    for sql in [
      "SELECT label, label_level, label_set, packet_contributions FROM flows ORDER BY flow_id",
      "SELECT label, flows, mean_confidence, flows_given_class FROM label_summary WHERE model_sha256 IS NOT NULL ORDER BY 1",
      "SELECT * FROM attention ORDER BY label, packet",
    ] {
      #expect(try scanned.ask(sql) == later.ask(sql), "\(sql)")
    }
  }

  @Test func `three rates stand beside every count, of labels and of classes`() throws {
    let measured = #"""
      [{"split":"grouped","flows":20,"labels":[{"label":"Streaming","given":8,"wrong":2}]},
      {"split":"laboratory","flows":90,"labels":[{"label":"Streaming","given":40,"wrong":6},{"label":"Vpn_Streaming","given":0,"wrong":0}]},
      {"split":"no_class","flows":500,"labels":[{"label":"Streaming","given":10,"wrong":10},{"label":"Chat","given":0,"wrong":0}]}]
      """#
    let text = measured.replacing("\"", with: "\\\"").replacing("\n", with: "")
    let scratch = try scan(metadata: #"{"flowcase.error_rates":"\#(text)"}"#)
    let rates = """
      error_rate_new_captures, flows_tested_new_captures, error_rate_new_laboratories, flows_tested_new_laboratories,
      no_class_rate, flows_tested_no_class
      """
    let found = [
      "Chat|NULL|NULL|NULL|NULL|0.0|500", "Streaming|0.25|8|0.15|40|0.02|500",
      "Vpn_Streaming|NULL|NULL|NULL|0|NULL|NULL",
    ]
    #expect(try scratch.ask("SELECT label, \(rates) FROM label_error_rates ORDER BY label") == found)
    for view in ["label_summary", "timeline", "labels_by_host", "labels_by_evidence", "labels_by_folder"] {
      let sql = "SELECT DISTINCT label, \(rates) FROM \(view) ORDER BY label"
      let nothing = ["dns", "unknown"].map { "\($0)|NULL|NULL|NULL|NULL|NULL|NULL" }
      #expect(try scratch.ask(sql) == found + nothing, "\(view)")
    }
  }

  @Test func `a label or class that the model does not have is refused`() throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let model = try writer.register(model: Self.model())
    for verdict in [Verdict.label(3), .classOnly(2), .classOnly(-1)] {
      try writer.beginUnit(run: Self.run(writer))
      let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
      let prediction = Prediction(probabilities: [1, 0, 0], predicted: 0, verdict: verdict, attention: [])
      #expect(throws: StoreError(.misuse, "")) {
        try writer.append(
          ClassifiedFlow(flow: Sample.flow(1), classification: .model(prediction)), evidence: evidence, model: model)
      }
      writer.abandonUnit()
    }
  }
}
