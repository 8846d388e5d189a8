/// What `flowcase export` gives out, each a view of the case in an order that does not depend on chance.
package enum ExportSubject: String, Sendable, CaseIterable {
  case flows, labels, attention, evidence, problems, hosts, conversations, timeline

  package var sql: String {
    switch self {
    case .flows: "SELECT * FROM flows ORDER BY flow_id"
    case .labels: "SELECT * FROM label_summary ORDER BY label_source, label"
    case .attention: "SELECT * FROM attention ORDER BY model_sha256, label, packet"
    case .evidence: "SELECT * FROM evidence ORDER BY evidence_id"
    case .problems: "SELECT * FROM problems ORDER BY problem_id"
    case .hosts: "SELECT * FROM hosts ORDER BY bytes_sent + bytes_received DESC, ip"
    case .conversations: "SELECT * FROM conversations ORDER BY bytes DESC, ip_a, ip_b"
    case .timeline: "SELECT * FROM timeline ORDER BY hour, label_source, label"
    }
  }
}
