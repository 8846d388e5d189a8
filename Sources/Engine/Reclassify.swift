import CaseStore
import Foundation
import Learning
package import Records
import Traffic

/// Asks one more model about the flows of a case, from what a scan with `--keep-inputs` kept of them. Evidence is not touched.
package struct Reclassify {
  /// Why the model cannot be asked.
  package struct Refusal: Error, CustomStringConvertible { package let description: String }

  private let casePath: String
  private let model: Scan.Model
  private let usesVantage: Bool
  private let started: RunRecord
  private let batchSize = 384

  /// - Parameter usesVantage: whether where the recording stood may have a part in the model's answer.
  package init(casePath: String, model: Scan.Model, usesVantage: Bool = false, run: RunRecord) {
    (self.casePath, self.model, self.usesVantage, started) = (casePath, model, usesVantage, run)
  }

  /// - Returns: flows that have a label of this model now and had none before.
  /// - Throws: `Refusal` when the case did not keep what the model needs; `StoreError`. The case is then as it was.
  package func run() throws -> Int {
    try check(CaseReader(path: casePath))
    let writer = try CaseWriter(path: casePath, hash: CaseHash.sha256)
    let id = try writer.register(model: model.frozen.description.record(sha256: model.sha256))
    var record = started
    record.settings = ["reclassify": "1", "model_sha256": model.sha256.description]
    if usesVantage { record.settings["uses_vantage"] = "1" }
    let runID = try writer.beginRun(record)
    let count = try label(writer, as: id)
    try writer.finishRun(runID, exitStatus: 0, finishedAt: RunClock.now())
    try writer.finish()
    return count
  }

  private func label(_ writer: CaseWriter, as id: Int64) throws -> Int {
    let reader = try CaseReader(path: casePath)
    let classifier = FlowClassifier(model.frozen, usesVantage: usesVantage)
    var scratch = InferenceScratch(for: classifier)
    var count = 0
    try writer.reclassify(model: id) { add in
      var last: Int64 = 0
      while case let flows = try batch(reader, after: last, model: id), let final = flows.last {
        for (flow, classification) in zip(flows, classifier.classify(flows.map(\.flow), scratch: &scratch))
        where !flow.isLabelled {
          try add(flow.id, flow.evidence, classification)
          count += 1
        }
        last = final.id
      }
    }
    return count
  }

  /// Whether every run that read evidence kept what the model's contract asks for.
  private func check(_ reader: CaseReader) throws {
    let contract = model.frozen.description.contract
    let needed = contract.keepPlan
    let runs = try reader.rows(
      """
      SELECT r.run_id, r.settings ->> '$.keeps_inputs', CAST(r.settings ->> '$.plan_packets' AS INTEGER),
        CAST(r.settings ->> '$.plan_bytes' AS INTEGER), r.settings ->> '$.plan_times', r.settings ->> '$.policy'
      FROM run AS r WHERE r.run_id IN (SELECT run_id FROM run_evidence WHERE outcome = 'read') ORDER BY r.run_id
      """)
    for row in runs {
      let number = row[0].integer ?? 0
      guard row[1].text == "1" else {
        throw Refusal(
          description:
            "run \(number) of the case '\(casePath)' kept no inputs: scan again with --keep-inputs, or scan with the other model"
        )
      }
      guard Int(row[2].integer ?? 0) >= needed.packets, Int(row[3].integer ?? 0) >= needed.bytesPerPacket,
        !needed.keepsTimes || row[4].text == "1"
      else {
        throw Refusal(
          description:
            "the model looks at \(needed.packets) packets of \(needed.bytesPerPacket) bytes, and run \(number) kept \(row[2].integer ?? 0) packets of \(row[3].integer ?? 0) bytes: scan with the model instead"
        )
      }
      guard row[5].text == contract.flowPolicy.rawValue else {
        throw Refusal(
          description:
            "the model's flows are cut by the policy '\(contract.flowPolicy.rawValue)', and those of run \(number) by '\(row[5].text ?? "")': scan with the model instead"
        )
      }
    }
  }

  private struct StoredFlow {
    var id: Int64, evidence: Int64
    var isLabelled: Bool
    var flow: ObservedFlow
  }

  private func batch(_ reader: CaseReader, after last: Int64, model: Int64) throws -> [StoredFlow] {
    let rows = try reader.rows(
      """
      SELECT f.flow_id, f.evidence_id, f.start_ns, f.end_ns, f.proto, f.orig_ip, f.orig_port, f.resp_ip, f.resp_port,
        f.orig_packets, f.orig_bytes, f.resp_packets, f.resp_bytes, t.time_features,
        EXISTS (SELECT 1 FROM prediction AS p WHERE p.flow_id = f.flow_id AND p.model_id = ?2),
        coalesce(f.service, (SELECT max(p.protocol_name) FROM prediction AS p WHERE p.flow_id = f.flow_id)), f.vantage,
        f.tunnel, f.server_name, n.other_names, n.resolved_names
      FROM flow AS f LEFT JOIN kept_features AS t ON t.flow_id = f.flow_id
        LEFT JOIN flow_metadata AS n ON n.flow_id = f.flow_id
      WHERE f.flow_id > ?1 ORDER BY f.flow_id LIMIT \(batchSize)
      """, [.integer(last), .integer(model)])
    guard let first = rows.first?[0], let final = rows.last?[0] else { return [] }
    var packets: [Int64: [FlowInput.Packet]] = [:]
    for row in try reader.rows(
      """
      SELECT flow_id, time_ns, is_from_originator, ip_length, transport_offset, payload_offset, bytes FROM kept_packet
      WHERE flow_id BETWEEN ? AND ? ORDER BY flow_id, position
      """, [first, final])
    {
      let numbers = row[..<6].map { $0.integer ?? 0 }
      guard case .blob(let bytes) = row[6] else { continue }
      packets[numbers[0], default: []].append(
        FlowInput.Packet(
          time: CaptureTime(nanoseconds: numbers[1]), isFromOriginator: numbers[2] == 1, ipLength: Int(numbers[3]),
          transportOffset: Int(numbers[4]), payloadOffset: Int(numbers[5]), bytes: bytes))
    }
    return try rows.map { row in
      guard let id = row[0].integer, let record = FlowRecord(row) else {
        throw Refusal(
          description: "flow \(row[0].integer ?? 0) of the case '\(casePath)' cannot be read: verify the case")
      }
      let features = row[13].text.flatMap { try? JSONDecoder().decode([Double].self, from: Data($0.utf8)) } ?? []
      return StoredFlow(
        id: id, evidence: row[1].integer ?? 0, isLabelled: row[14].integer == 1,
        flow: ObservedFlow(record: record, input: FlowInput(packets: packets[id] ?? [], timeFeatures: features)))
    }
  }
}

extension FlowRecord {
  /// What a model asks of a flow's record, from a row of `Reclassify`.
  fileprivate init?(_ row: [SQLValue]) {
    guard let start = row[2].integer, let end = row[3].integer, let proto = row[4].text.flatMap(IPProtocol.init(name:)),
      let originator = Endpoint(row[5], row[6]), let responder = Endpoint(row[7], row[8])
    else { return nil }
    let nowhere = PacketPosition(number: 0, streamOffset: 0)
    self.init(
      start: CaptureTime(nanoseconds: start), end: CaptureTime(nanoseconds: end), proto: proto, originator: originator,
      responder: responder, endReason: .endOfCapture, firstPacket: nowhere, lastPacket: nowhere)
    // A case of before version 4 knows the name of the protocol only.
    service = row[15].text.flatMap(Service.init(rawValue:))
    tunnel = row[17].text
    serverName = row[18].text
    var names = FlowMetadata()
    (names.otherNames, names.resolvedNames) = (row[19].text, row[20].text)
    metadata = names.isEmpty ? nil : names
    switch row[16].text {
    case "tunnel-interface":
      // Which of the link types it was makes no difference to a model.
      vantage = .tunnelInterface(linkType: 101)
    case "opened-tunnel": vantage = .openedTunnel
    // A case of before version 5 says it of no flow.
    default: vantage = nil
    }
    let counts = row[9...12].map { Int($0.integer ?? 0) }
    sent = DirectionCounters(packets: counts[0], ipBytes: counts[1])
    answered = DirectionCounters(packets: counts[2], ipBytes: counts[3])
  }
}
