import Records

/// The rows of the units that are taken, under their numbers in the new case.
extension CaseMerger {
  func copyEvidence(runs: Int64) throws(StoreError) {
    let connection = writer.connection
    try connection.execute(
      """
      INSERT INTO main.evidence_item
      SELECT m.new, p.new, e.path, e.format, CASE WHEN m.is_duplicate THEN 'duplicate' ELSE e.status END,
        e.container_bytes, e.stream_bytes, e.container_sha256, e.stream_sha256, e.link_types,
        \(Self.unlessDuplicate(
          "packets_read", "packets_in_flows", "packets_not_ip", "packets_undecodable", "packets_filtered")),
        e.bytes_lost,
        \(Self.unlessDuplicate(
          "captured_bytes", "captured_bytes_in_flows", "captured_bytes_not_ip", "captured_bytes_undecodable",
          "captured_bytes_filtered", "bytes_read", "bytes_skipped")),
        e.first_packet_ns, e.last_packet_ns, \(Self.unlessDuplicate("flow_count", "flow_packets")),
        (SELECT count(*) FROM source.problem AS q WHERE q.evidence_id = e.evidence_id AND \(Self.isKept("q"))),
        CASE WHEN m.is_duplicate OR e.status = 'duplicate' THEN coalesce((
          SELECT min(f.evidence_id) FROM main.evidence_item AS f
          WHERE f.stream_sha256 = e.stream_sha256 AND f.status IN ('complete', 'partial')), nullif(d.new, 0))
        END,
        e.final_packet_ns, e.gap_before_ns, CASE WHEN NOT m.is_duplicate THEN s.new END,
        CASE WHEN NOT m.is_duplicate THEN e.sequence_position END,
        CASE WHEN m.is_duplicate THEN NULL ELSE e.flows_sha256 END
      FROM source.evidence_item AS e
      JOIN temp.evidence_map AS m ON m.old = e.evidence_id AND m.is_copied
      LEFT JOIN temp.evidence_map AS p ON p.old = e.parent_id
      LEFT JOIN temp.evidence_map AS d ON d.old = e.duplicate_of
      LEFT JOIN temp.evidence_map AS s ON s.old = e.sequence_id
      ORDER BY m.new
      """)
    try writer.addCounts(["evidence_item": connection.changedRows])
    try connection.execute(
      """
      INSERT OR IGNORE INTO main.run_evidence
      SELECT r.run_id + ?, m.new, CASE WHEN m.is_copied THEN r.outcome ELSE 'already_known' END
      FROM source.run_evidence AS r JOIN temp.evidence_map AS m ON m.old = r.evidence_id AND m.new > 0
      """, [.integer(runs)])
    try connection.execute(
      """
      INSERT INTO main.problem
      SELECT (SELECT coalesce(max(problem_id), 0) FROM main.problem) + row_number() OVER (ORDER BY p.problem_id), m.new,
        p.code, p.stream_offset, p.bytes_lost, p.message
      FROM source.problem AS p JOIN temp.evidence_map AS m ON m.old = p.evidence_id AND m.is_copied
      WHERE \(Self.isKept("p"))
      """)
    try writer.addCounts(["problem": connection.changedRows])
    try connection.execute(
      """
      INSERT INTO main.capture_note
      SELECT (SELECT coalesce(max(note_id), 0) FROM main.capture_note) + row_number() OVER (ORDER BY n.note_id), m.new,
        n.stream_offset, n.packet, n.kind, n.name, n.value
      FROM source.capture_note AS n
      JOIN temp.evidence_map AS m ON m.old = n.evidence_id AND m.is_copied AND NOT m.is_duplicate
      """)
    try writer.addCounts(["capture_note": connection.changedRows])
    try connection.execute(
      """
      INSERT INTO main.capture_join
      SELECT m.new, j.after_path, j.is_joined, j.reason, j.gap_ns, j.shared_hosts, j.shared_machines, j.connections
      FROM source.capture_join AS j
      JOIN temp.evidence_map AS m ON m.old = j.evidence_id AND m.is_copied AND NOT m.is_duplicate
      """)
  }

  /// What is wrong with a second copy is kept, but for what is said of flows that it has no more.
  private static func isKept(_ problem: String) -> String {
    "(NOT m.is_duplicate OR \(problem).code <> '\(Problem.Code.splitSequence.rawValue)')"
  }

  /// Columns that are 0 for a second copy: what they count is counted where it was first read.
  private static func unlessDuplicate(_ columns: String...) -> String {
    columns.map { "CASE WHEN m.is_duplicate THEN 0 ELSE e.\($0) END" }.joined(separator: ", ")
  }

  /// - Returns: whether every flow of the source was copied.
  func copyFlows(after last: Int64) throws(StoreError) -> Bool {
    let connection = writer.connection
    try connection.execute(
      """
      INSERT INTO temp.flow_map
      SELECT f.flow_id, ? + row_number() OVER (ORDER BY f.flow_id)
      FROM source.flow AS f
      JOIN temp.evidence_map AS m ON m.old = f.evidence_id AND m.is_copied AND NOT m.is_duplicate
      """, [.integer(last)])
    let copied = connection.changedRows
    try connection.execute(
      """
      INSERT INTO main.flow
      SELECT n.new, m.new, f.start_ns, f.end_ns, f.proto, f.orig_ip, f.orig_port, f.resp_ip, f.resp_port, f.vlan, f.tunnel,
        f.orig_packets, f.resp_packets, f.orig_bytes, f.resp_bytes, f.end_reason, f.conn_state, f.history, f.server_name,
        f.community_id, f.first_packet, f.first_offset, f.last_packet, f.last_offset, l.new, f.service, f.vantage,
        f.vantage_reason
      FROM source.flow AS f
      JOIN temp.flow_map AS n ON n.old = f.flow_id
      JOIN temp.evidence_map AS m ON m.old = f.evidence_id
      LEFT JOIN temp.evidence_map AS l ON l.old = f.last_evidence_id
      ORDER BY n.new
      """)
    try connection.execute(
      """
      INSERT INTO main.flow_metadata
      SELECT n.new, d.tls_version, d.alpn, d.ja3, d.ja4, d.http_user_agent, d.ssh_client, d.ssh_server, d.resolved_names,
        d.server_name_raw, d.other_names
      FROM source.flow_metadata AS d JOIN temp.flow_map AS n ON n.old = d.flow_id ORDER BY n.new
      """)
    try writer.addCounts(["flow": copied, "flow_metadata": connection.changedRows])
    try connection.execute(
      """
      INSERT INTO main.prediction
      SELECT n.new, m.new, p.protocol_name, p.label_position, p.is_abstained, p.confidence, p.probabilities, p.attention,
        p.attention_peak, p.class_position, p.label_level, p.class_set, p.contributions
      FROM source.prediction AS p
      JOIN temp.flow_map AS n ON n.old = p.flow_id
      JOIN temp.model_map AS m ON m.old = p.model_id
      ORDER BY n.new, m.new
      """)
    try writer.addCounts(["prediction": connection.changedRows])
    try connection.execute(
      """
      INSERT INTO main.kept_packet
      SELECT n.new, k.position, k.time_ns, k.is_from_originator, k.ip_length, k.transport_offset, k.payload_offset, k.bytes
      FROM source.kept_packet AS k JOIN temp.flow_map AS n ON n.old = k.flow_id
      """)
    try connection.execute(
      """
      INSERT INTO main.kept_features
      SELECT n.new, k.time_features FROM source.kept_features AS k JOIN temp.flow_map AS n ON n.old = k.flow_id
      """)
    outcome.flows += copied
    return Int64(copied) == (try connection.integer("SELECT count(*) FROM source.flow") ?? 0)
  }

  func copySums(from last: Int64, isWhole: Bool, path: String) throws(StoreError) {
    let connection = writer.connection
    try writer.addFlowSums(from: last + 1)
    try writer.addLabelSums(from: last + 1, model: nil)
    let models = try connection.prepare("SELECT new FROM temp.model_map ORDER BY new")
    while try models.step() {
      if case .integer(let model)? = models.row().first { try writer.addLabelSums(from: last + 1, model: model) }
    }
    // The rows of `prediction` hold what was summed, digit by digit.
    try connection.execute(
      """
      INSERT INTO main.attention_sum (
        model_id, label, packet_position, flows, weight_sum, weight_square_sum, stddev)
      SELECT p.model_id, \(GivenLabel.name()), w.key + 1, count(*),
        sum(CAST(round(w.value * 1e8) AS INTEGER)), sum(CAST(round(w.value * w.value * 1e10) AS INTEGER)), 0
      FROM main.prediction AS p
      \(GivenLabel.joins())
      JOIN json_each(p.attention) AS w
      WHERE p.flow_id > ? AND p.attention IS NOT NULL
      GROUP BY 1, 2, 3
      ON CONFLICT DO UPDATE SET
        flows = flows + excluded.flows,
        weight_sum = weight_sum + excluded.weight_sum,
        weight_square_sum = weight_square_sum + excluded.weight_square_sum
      """, [.integer(last)])
    let hasFields = try connection.integer("SELECT count(*) FROM source.attention_field_sum") ?? 0 > 0
    if isWhole {
      try copyFieldSums()
    } else if hasFields {
      outcome.conflicts.append(
        "the attention by header field of '\(path)' was left out of the sums, because some of its evidence is in a case before it"
      )
    }
    try writer.refreshSpreads()
    try writer.refreshAgreement()
  }

  private func copyFieldSums() throws(StoreError) {
    try writer.connection.execute(
      """
      INSERT INTO main.attention_field_sum (
        model_id, label, field, part, label_flows, flows, bytes, weight_sum, weight_square_sum, stddev)
      SELECT m.new, s.label, s.field, s.part, s.label_flows, s.flows, s.bytes, s.weight_sum, s.weight_square_sum, 0
      FROM source.attention_field_sum AS s JOIN temp.model_map AS m ON m.old = s.model_id
      WHERE true
      ON CONFLICT DO UPDATE SET
        label_flows = label_flows + excluded.label_flows,
        flows = flows + excluded.flows,
        bytes = bytes + excluded.bytes,
        weight_sum = weight_sum + excluded.weight_sum,
        weight_square_sum = weight_square_sum + excluded.weight_square_sum
      """)
    // A field that only one of the cases has counts over the flows of both.
    try writer.connection.execute(
      """
      UPDATE main.attention_field_sum AS f SET label_flows = (
        SELECT max(g.label_flows) FROM main.attention_field_sum AS g WHERE g.model_id = f.model_id AND g.label = f.label)
      """)
  }
}

extension CaseWriter {
  /// Computes the spreads of attention from their sums anew.
  func refreshSpreads() throws(StoreError) {
    for (table, flows, key) in [
      ("attention_sum", "flows", "packet_position"), ("attention_field_sum", "label_flows", "field"),
    ] {
      let statement = try connection.prepare(
        "SELECT model_id, label, \(key), \(flows), weight_sum, weight_square_sum FROM main.\(table)")
      var rows: [[SQLValue]] = []
      while try statement.step() { rows.append(statement.row()) }
      for row in rows {
        guard case .integer(let count) = row[3], case .integer(let sum) = row[4], case .integer(let square) = row[5]
        else {
          continue
        }
        let deviation = Self.deviation(flows: Int(count), sum: Int(sum), squareSum: Int(square))
        try connection.execute(
          "UPDATE main.\(table) SET stddev = ? WHERE model_id = ? AND label = ? AND \(key) = ?",
          [.real(deviation), row[0], row[1], row[2]])
      }
    }
  }

  /// The standard deviation of weights whose sum is in steps of 10^-8 and that of their squares in steps of 10^-10.
  static func deviation(flows: Int, sum: Int, squareSum: Int) -> Double {
    let flows = Double(max(flows, 1))
    let mean = Double(sum) / 1e8 / flows
    return max(0, Double(squareSum) / 1e10 / flows - mean * mean).squareRoot()
  }
}
