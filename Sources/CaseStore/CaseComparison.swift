import Records

/// What differs between two cases.
package struct CaseComparison {
  package struct Difference: Sendable, Equatable {
    /// `evidence`, `model`, `flow`, `problems`.
    package var kind: String
    package var evidence: String
    /// Which flow, by its `flow_uid`; empty for other kinds.
    package var flow: String
    /// Which columns, or what is missing.
    package var what: String
    package var first: String, second: String
  }

  package struct Outcome: Sendable {
    package var differences = 0
    package var sameEvidence = 0, sameFlows = 0
  }

  private let first: CaseReader, second: CaseReader
  private let tell: (Difference) throws -> Void
  private var outcome = Outcome()

  /// - Parameter tell: called with each difference, in a fixed order.
  /// - Throws: `StoreError` as `CaseReader` does.
  package init(_ first: String, _ second: String, tell: @escaping (Difference) throws -> Void) throws(StoreError) {
    self.first = try CaseReader(path: first)
    self.second = try CaseReader(path: second)
    self.tell = tell
  }

  /// Compares models, then the captures that both have read by the digest of their bytes, then the flows of those whose rows
  /// differ.
  package mutating func run() throws -> Outcome {
    try models()
    let (a, b) = (try captures(first), try captures(second))
    for capture in a.order {
      guard let one = a.byDigest[capture] else { continue }
      guard let other = b.byDigest[capture] else {
        try note(
          Difference(
            kind: "evidence", evidence: one.path, flow: "", what: "only in the first", first: capture, second: ""))
        continue
      }
      try compare(one, other)
    }
    for capture in b.order where a.byDigest[capture] == nil {
      let path = b.byDigest[capture]?.path ?? ""
      try note(
        Difference(kind: "evidence", evidence: path, flow: "", what: "only in the second", first: "", second: capture))
    }
    return outcome
  }

  private mutating func note(_ difference: Difference) throws {
    outcome.differences += 1
    try tell(difference)
  }

  private mutating func models() throws {
    let names = { (reader: CaseReader) throws(StoreError) in
      try reader.rows("SELECT sha256 FROM model ORDER BY model_id").map { $0[0].shown }.joined(separator: " ")
    }
    let (a, b) = (try names(first), try names(second))
    if a != b { try note(Difference(kind: "model", evidence: "", flow: "", what: "sha256", first: a, second: b)) }
  }

  private struct Capture {
    var id: Int64
    var path: String
    var digest: SQLValue, flows: SQLValue, status: SQLValue, problems: SQLValue, packets: SQLValue
  }

  private func captures(_ reader: CaseReader) throws -> (order: [String], byDigest: [String: Capture]) {
    var order: [String] = []
    var found: [String: Capture] = [:]
    for row in try reader.rows(
      """
      SELECT evidence_id, path, coalesce(stream_sha256, container_sha256, path), flows_sha256, flow_count, status,
        problem_count, packets_read
      FROM evidence_item WHERE status <> 'duplicate' ORDER BY evidence_id
      """)
    {
      guard case .integer(let id) = row[0], case .text(let path) = row[1], case .text(let key) = row[2] else {
        continue
      }
      if found[key] != nil { continue }
      order.append(key)
      found[key] = Capture(
        id: id, path: path, digest: row[3], flows: row[4], status: row[5], problems: row[6], packets: row[7])
    }
    return (order, found)
  }

  private mutating func compare(_ a: Capture, _ b: Capture) throws {
    for (what, one, other) in [
      ("status", a.status, b.status), ("problems", a.problems, b.problems), ("packets", a.packets, b.packets),
      ("flows", a.flows, b.flows),
    ] where one != other {
      try note(
        Difference(kind: "evidence", evidence: a.path, flow: "", what: what, first: one.shown, second: other.shown))
    }
    // Equal digests mean equal rows; where one case has none, the rows tell.
    if a.digest == b.digest, a.digest != .null || a.flows == .integer(0) && b.flows == .integer(0) {
      outcome.sameEvidence += 1
      if case .integer(let count) = a.flows { outcome.sameFlows += Int(count) }
      return
    }
    try compareFlows(a, b)
  }

  private static let columns = [
    "flow_start", "flow_end", "proto", "orig_ip", "orig_port", "resp_ip", "resp_port", "vlan", "tunnel", "orig_pkts",
    "resp_pkts", "orig_bytes", "resp_bytes", "end_reason", "conn_state", "history", "server_name", "label",
    "label_source",
    "predicted_label", "confidence", "probabilities", "attention", "tls_version", "alpn", "ja3", "ja4",
    "http_user_agent",
    "ssh_client", "ssh_server", "resolved_names", "service", "server_name_raw", "other_names",
    "label_level", "label_set", "vantage", "vantage_reason", "packet_contributions",
  ]

  private mutating func compareFlows(_ a: Capture, _ b: Capture) throws {
    let sql = """
      SELECT flow_uid, first_packet, \(Self.columns.joined(separator: ", ")) FROM flows
      WHERE evidence_id = ? ORDER BY first_packet, flow_id
      """
    let (ones, others) = (try first.rows(sql, [.integer(a.id)]), try second.rows(sql, [.integer(b.id)]))
    let before = outcome.differences
    var rest = Dictionary(others.map { ($0[0].shown, $0) }, uniquingKeysWith: { first, _ in first })
    for one in ones {
      let uid = one[0].shown
      guard let other = rest.removeValue(forKey: uid) else {
        try note(
          Difference(kind: "flow", evidence: a.path, flow: uid, what: "only in the first", first: "", second: ""))
        continue
      }
      let differing = Self.columns.indices.filter { one[$0 + 2] != other[$0 + 2] }
      if differing.isEmpty {
        outcome.sameFlows += 1
        continue
      }
      let shown = { (row: [SQLValue]) in differing.map { row[$0 + 2].shown }.joined(separator: " | ") }
      try note(
        Difference(
          kind: "flow", evidence: a.path, flow: uid, what: differing.map { Self.columns[$0] }.joined(separator: ", "),
          first: shown(one), second: shown(other)))
    }
    for other in others where rest[other[0].shown] != nil {
      try note(
        Difference(
          kind: "flow", evidence: b.path, flow: other[0].shown, what: "only in the second", first: "", second: ""))
    }
    if outcome.differences == before { outcome.sameEvidence += 1 }
  }
}

extension SQLValue {
  fileprivate var shown: String {
    switch self {
    case .null: ""
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    case .blob(let bytes): "\(bytes.count) bytes"
    }
  }
}
