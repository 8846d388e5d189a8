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

  /// The question to the case. The order of its rows is fixed, so that two exports of one case are the same bytes.
  package var sql: String {
    switch self {
    case .flows: "SELECT * FROM flows ORDER BY flow_id"
    case .labels: "SELECT * FROM label_summary ORDER BY model_sha256, label_source, label"
    case .attention:
      """
      SELECT label, packet, flows, mean, stddev, model_sha256, NULL AS field, NULL AS part, NULL AS byte_share
      FROM attention
      UNION ALL
      SELECT label, NULL, flows, mean, stddev, model_sha256, field, part, byte_share FROM attention_fields
      ORDER BY model_sha256, label, field, packet
      """
    case .evidence: "SELECT * FROM evidence ORDER BY evidence_id"
    case .problems: "SELECT * FROM problems ORDER BY problem_id"
    case .notes: "SELECT * FROM capture_notes ORDER BY note_id"
    case .conversations:
      """
      SELECT * FROM conversations
      ORDER BY orig_bytes + resp_bytes DESC, orig_ip, resp_ip, proto, resp_port
      """
    case .hosts: "SELECT * FROM hosts ORDER BY bytes_sent + bytes_received DESC, ip"
    case .timeline: "SELECT * FROM timeline ORDER BY hour, label_source, label, model_sha256"
    }
  }
}
