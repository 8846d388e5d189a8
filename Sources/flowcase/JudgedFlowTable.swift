import Learning
import Records
import Reporting
import Traffic

/// Every flow that was tested, with where it lies in the evidence and what was said of it.
struct JudgedFlowTable {
  let flows: [JudgedFlow]
  let dataset: Dataset
  let tree: LabelTree

  static let columns = [
    "path", "first_packet", "first_offset", "flow_start", "proto", "orig_ip", "orig_port", "resp_ip", "resp_port",
    "group", "laboratory", "round", "class", "predicted_label", "confidence", "similarity", "label", "label_level",
    "probabilities",
  ]

  func write(_ writer: inout any RowWriter) throws {
    try writer.begin(columns: Self.columns)
    for flow in flows { try writer.row(row(flow)) }
    try writer.end(isTruncated: false)
  }

  private func row(_ judged: JudgedFlow) -> [SQLValue] {
    let example = dataset.examples[judged.example], record = example.flow.record
    let predicted = dataset.labels[judged.prediction.predicted]
    return [
      .text(example.path), .integer(Int64(record.firstPacket.number)),
      .integer(Int64(record.firstPacket.streamOffset)), .text(record.start.rfc3339), .text(record.proto.description),
      .text(record.originator.address.description), .integer(Int64(record.originator.port)),
      .text(record.responder.address.description), .integer(Int64(record.responder.port)), .text(example.group),
      .text(example.laboratory), judged.round.map { .integer(Int64($0 + 1)) } ?? .null,
      .text(dataset.labels[example.label]), .text(predicted),
      .real(Double(judged.prediction.confidence)), judged.similarity.map { .real(Double($0)) } ?? .null,
      .text(tree.name(of: judged.prediction.verdict)), level(judged.prediction.verdict),
      .text(
        "["
          + judged.prediction.probabilities.map { String(Double(($0 * 10_000).rounded()) / 10_000) }.joined(
            separator: ", ")
          + "]"),
    ]
  }

  private func level(_ verdict: Verdict) -> SQLValue {
    switch verdict {
    case .label: .text("full")
    case .classOnly: .text("class")
    case .abstain: .null
    }
  }
}
