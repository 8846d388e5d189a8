import Engine
import Records
import Reporting

/// The CSV file of what tables of labelled flows could not be used for; `schemas/flow-labels.md` describes it.
struct FlowLabelReport {
  private let planned: PlannedOutput

  private static let columns = [
    "what", "table", "line", "path", "proto", "orig_ip", "orig_port", "resp_ip", "resp_port", "start", "reason",
  ]

  /// Finds out whether the file may be written, before anything is read.
  ///
  /// An earlier report gives way; another file does not.
  init(_ path: String, captures: [String], labels: LabelFiles) throws {
    var outputs = OutputGuard(isForced: false)
    outputs.protect(captures, as: "evidence")
    outputs.protect(labels.inputs, as: "the label file")
    planned = try outputs.plan(path, .table(Self.columns))
  }

  func write(_ counts: FlowLabelCounts) throws {
    let target = try OutputTarget(planned)
    try target.write(.csv) { writer in
      try writer.begin(columns: Self.columns)
      for line in counts.unreadable {
        try writer.row(Self.row("line cannot be read", line.table, line.line, nil, line.reason))
      }
      for line in counts.unmatched {
        let reason =
          line.isCaptureKnown
          ? "no flow of its ends, protocol and time was read, or the contract leaves it out"
          : "no capture that was read is the one it names"
        try writer.row(Self.row("line names no flow", line.table, line.line, line.path, reason))
      }
      for flow in counts.contradicted {
        try writer.row(Self.row("flow has several classes", flow, "lines of different classes name it"))
      }
      for flow in counts.unlabelled { try writer.row(Self.row("flow has no line", flow, "no line names it")) }
      try writer.end(isTruncated: false)
    }
    try target.finish()
  }

  private static func row(
    _ what: String, _ table: String, _ line: Int, _ path: String?, _ reason: String
  ) -> [SQLValue] {
    [.text(what), .text(table), .integer(Int64(line)), path.map { .text($0) } ?? .null]
      + [SQLValue](repeating: .null, count: 6) + [.text(reason)]
  }

  private static func row(_ what: String, _ flow: FlowLabelCounts.Flow, _ reason: String) -> [SQLValue] {
    [
      .text(what), .null, .null, .text(flow.path), .text(flow.proto.description), .text("\(flow.originator.address)"),
      .integer(Int64(flow.originator.port)), .text("\(flow.responder.address)"), .integer(Int64(flow.responder.port)),
      .text(flow.start.rfc3339), .text(reason),
    ]
  }
}
