/// What can be exported from a case.
package enum ExportSubject: String, Sendable, CaseIterable {
  /// Every flow with its label.
  case flows
  /// Flows, packets and bytes by label.
  case labels
  /// Mean and spread of the attention by label and packet position, and by header field where the model has that.
  case attention
  case evidence
  case problems
  /// What captures say beside their packets.
  case notes
  case conversations
  case hosts
  /// Flows, packets and bytes by hour and label.
  case timeline
  /// Every flow as a line of Zeek's `conn.log`.
  case connLog = "conn.log"

  /// What the rows are taken from: a view, or a query.
  private var source: String {
    switch self {
    case .flows: "flows"
    case .labels: "label_summary"
    case .attention:
      """
      (SELECT label, packet, flows, mean, stddev, model_sha256, NULL AS field, NULL AS part, NULL AS byte_share
      FROM attention
      UNION ALL
      SELECT label, NULL, flows, mean, stddev, model_sha256, field, part, byte_share FROM attention_fields)
      """
    case .evidence: "evidence"
    case .problems: "problems"
    case .notes: "capture_notes"
    case .conversations: "conversations"
    case .hosts: "hosts"
    case .timeline: "timeline"
    case .connLog: "flows"
    }
  }

  /// The order of the rows is fixed, so that two exports of one case are the same bytes.
  private var order: String {
    switch self {
    case .flows, .connLog: "flow_id"
    case .labels: "model_sha256, label_source, label"
    case .attention: "model_sha256, label, field, packet"
    case .evidence: "evidence_id"
    case .problems: "problem_id"
    case .notes: "note_id"
    case .conversations: "orig_bytes + resp_bytes DESC, orig_ip, resp_ip, proto, resp_port"
    case .hosts: "bytes_sent + bytes_received DESC, ip"
    case .timeline: "hour, label_source, label, model_sha256"
    }
  }

  /// The question to the case.
  ///
  /// - Parameters:
  ///   - columns: names of columns, in the order wanted; empty for all. They must be columns of the subject: SQLite takes an
  ///     unknown name in quotes for a text.
  ///   - condition: an expression in SQL over the columns; `nil` for every row.
  ///   - limit: rows at the most.
  package func sql(columns: [String] = [], where condition: String? = nil, limit: Int? = nil) -> String {
    let names = columns.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ", ")
    let selected = self == .connLog ? ConnLog.columns : columns.isEmpty ? "*" : names
    // The line feed ends a comment that a condition may close with.
    let filter = condition.map { " WHERE (\($0)\n)" } ?? ""
    return "SELECT \(selected) FROM \(source)\(filter) ORDER BY \(order)\(limit.map { " LIMIT \($0)" } ?? "")"
  }
}
