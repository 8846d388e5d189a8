import CaseStore
import Foundation
import Records
import Testing

@testable import Reporting

/// What is in a case, in lines for the end of a scan and on the report's page.
@Suite struct LabelOverviewTests {
  private static let hash: @Sendable ([UInt8]) -> String = { _ in String(repeating: "0", count: 64) }

  private static let rates = #"""
    [{"split":"grouped","flows":200,"coverage":0.5,"error_rate":0.08,"labels":[{"label":"Voip","given":100,"wrong":8}]},{"split":"laboratory","flows":400,"coverage":0.4,"error_rate":0.11,"labels":[{"label":"Voip","given":100,"wrong":11}]},{"split":"no_class","flows":1000,"coverage":0.02,"error_rate":1,"labels":[{"label":"Voip","given":20,"wrong":20}]}]
    """#

  /// Twelve flows: five with a full label, two with the class alone, one `unknown`, four of a protocol.
  private func scanned(withModel: Bool = true) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-\(UUID().uuidString).db").path
    let writer = try CaseWriter(path: path, hash: Self.hash)
    let digest = try #require(SHA256Digest([UInt8](repeating: 0xaa, count: 32)))
    let escaped = Self.rates.replacing("\"", with: "\\\"")
    let model = try writer.register(
      model: ModelRecord(
        sha256: digest, architecture: "attention-lstm and trees", labels: ["Voip", "Vpn_Voip", "Chat"],
        parents: ["Voip", "Voip", "Chat"], packetCount: 10, threshold: 0.5,
        metadataJSON: #"{"flowcase.error_rates":"\#(escaped)"}"#))
    let run = RunRecord(
      toolVersion: "0", arguments: [], host: "lab", environment: [:], startedAt: "2024-05-01T00:00:00Z")
    try writer.beginUnit(run: writer.beginRun(run))
    let evidence = try writer.openEvidence(path: "a.pcap", parent: nil)
    for number in 0..<12 {
      let place = PacketPosition(number: number + 1, streamOffset: 24)
      let flow = FlowRecord(
        start: CaptureTime(nanoseconds: 0), end: CaptureTime(nanoseconds: 1), proto: .udp,
        originator: Endpoint(address: IPAddress(v4: 1), port: 5),
        responder: Endpoint(address: IPAddress(v4: 2), port: 6),
        endReason: .idle, firstPacket: place, lastPacket: place)
      let verdict: Verdict = number < 4 ? .label(0) : number < 5 ? .label(2) : number < 7 ? .classOnly(0) : .abstain
      var prediction = Prediction(
        probabilities: [0.5, 0.3, 0.2], predicted: 0, verdict: verdict, confidence: 0.75, attention: [0.4, 0.6])
      prediction.classSet = [0, 1]
      prediction.contributions = [-1.25, 0.5]
      let classification: Classification = number < 8 ? .model(prediction) : .protocolName("dns")
      try writer.append(
        ClassifiedFlow(flow: flow, classification: withModel ? classification : .none), evidence: evidence,
        model: withModel ? model : nil)
    }
    try writer.closeEvidence(
      evidence, as: EvidenceRecord(path: "a.pcap", format: "pcap", status: .complete), duplicateOf: nil)
    try writer.commitUnit()
    try writer.finish()
    return path
  }

  private let model = String(repeating: "aa", count: 32)

  @Test func `the lines say what is in the case, how sure, and how wrong it may be`() throws {
    let path = try scanned()
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(
      try LabelOverview(CaseReader(path: path), model: model).lines == [
        "4 flows known by protocol: dns 4", "8 flows asked of the model: 7 labelled (87.5 %), 1 'unknown'",
        "  Voip: 6 flows (2 by the class alone), confidence 0.75; wrong on new captures 8.0 % of 100 flows, wrong in new laboratories 11.0 % of 100 flows, given to 2.0 % of flows of no class",
        "  Chat: 1 flow, confidence 0.75; not measured",
      ])
  }

  @Test func `without a model that is said`() throws {
    let path = try scanned(withModel: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(
      try LabelOverview(CaseReader(path: path), model: nil).lines == ["12 flows, without labels: no model was asked"])
    #expect(try LabelOverview(CaseReader(path: path), model: model).lines == [])
  }

  @Test func `the page has level, confidence, rates, class sets and what packets add`() throws {
    let path = try scanned()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var report = CaseReport(try CaseReader(path: path), casePath: path, toolVersion: "0")
    let page = try report.html().replacing(" class=\"number\"", with: "")
    for text in [
      "asked about 8 flows and labels 7 of them (87.5 %)", "of these by the class alone",
      "8.0 % of 100 flows", "11.0 % of 100 flows", "2.0 % of 1,000 flows",
      "in laboratories it had never seen (400 flows) it labels 40.0 %, of which 11.0 % wrongly",
      "of 1,000 flows that are of none of its classes it labels 2.0 %",
      "<td>no_class</td><td>1,000</td><td></td><td></td><td>2.0 %</td><td></td>",
      "Voip, Chat", "2 (0.60)", "1 (-1.25)",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func `Zeek's log has level, set and vantage behind its label`() throws {
    let path = try scanned()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var bytes: [UInt8] = []
    var log = ConnLog(sink: TextSink { bytes += $0 })
    try CaseReader(path: path).query(ExportSubject.connLog.sql()) {
      try log.begin(columns: $0)
    } row: {
      try log.row($0)
    }
    try log.end(isTruncated: false)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: "\t") }
    let names = try #require(lines.first { $0.first == "#fields" }).dropFirst()
    #expect(names.suffix(3) == ["flowcase_label_level", "flowcase_label_set", "flowcase_vantage"])
    let flows = lines.filter { $0.first?.hasPrefix("#") == false }
    #expect(
      flows.map { String($0[$0.count - 3]) } == Array(repeating: "full", count: 5) + ["class", "class"]
        + Array(repeating: "-", count: 5))
    #expect(flows[0].suffix(2) == [#"["Voip","Chat"]"#, "-"])
  }
}
