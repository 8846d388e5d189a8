import Records

extension CaseWriter {
  /// Adds the open unit's flows to the sums that overviews are made of.
  ///
  /// The sums over flows are taken by SQLite from the rows themselves, which bounds memory whatever the evidence. All but
  /// attention are sums of integers, so that no order of addition can show in them.
  func addSummaries(of unit: Unit) throws(StoreError) {
    if unit.nextFlow > unit.firstFlow {
      try connection.execute(Self.addLabelHours, [.integer(unit.firstFlow)])
      try connection.execute(Self.addHosts, [.integer(unit.firstFlow)])
    }
    for (key, moments) in unit.tally.moments {
      let names = try labels(of: key.model)
      let label = key.label.map { names[$0] } ?? "unknown"
      for (index, moment) in moments.enumerated() {
        try add(moment, model: key.model, label: label, packet: Int64(index + 1))
      }
    }
    try addFieldSums(unit.tally.fields)
  }

  private func add(
    _ moment: AttentionTally.Moments, model: Int64, label: String, packet: Int64
  ) throws(StoreError) {
    var total = moment
    let known = try connection.row(
      """
      SELECT flows, weight_sum, weight_square_sum FROM attention_sum
      WHERE model_id = ? AND label = ? AND packet_position = ?
      """, [.integer(model), .text(label), .integer(packet)])
    if let known, case .integer(let flows) = known[0], case .real(let sum) = known[1], case .real(let square) = known[2]
    {
      total.flows += Int(flows)
      total.sum = sum + moment.sum
      total.squareSum = square + moment.squareSum
    }
    let mean = total.sum / Double(total.flows)
    let deviation = max(0, total.squareSum / Double(total.flows) - mean * mean).squareRoot()
    try connection.execute(
      """
      INSERT OR REPLACE INTO attention_sum (
        model_id, label, packet_position, flows, weight_sum, weight_square_sum, stddev)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(model), .text(label), .integer(packet), .integer(Int64(total.flows)), .real(total.sum),
        .real(total.squareSum), .real(deviation),
      ])
  }

  private static let addLabelHours = """
    INSERT INTO label_hour (model_id, label, label_source, hour, flows, packets, bytes, confidence_sum)
    SELECT
      coalesce(p.model_id, 0),
      CASE WHEN p.protocol_name IS NOT NULL THEN p.protocol_name WHEN p.is_abstained = 0 THEN l.name ELSE 'unknown' END,
      CASE WHEN p.protocol_name IS NOT NULL THEN 'protocol' WHEN p.model_id IS NOT NULL THEN 'model' ELSE 'none' END,
      f.start_ns / 3600000000000 - (f.start_ns % 3600000000000 < 0),
      count(*),
      sum(f.orig_packets + f.resp_packets),
      sum(f.orig_bytes + f.resp_bytes),
      sum(CAST(round(coalesce(p.confidence, 0) * 1e8) AS INTEGER))
    FROM flow AS f
    LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
    LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
    WHERE f.flow_id >= ?
    GROUP BY 1, 2, 3, 4
    ON CONFLICT DO UPDATE SET
      flows = flows + excluded.flows,
      packets = packets + excluded.packets,
      bytes = bytes + excluded.bytes,
      confidence_sum = confidence_sum + excluded.confidence_sum
    """

  private static let addHosts = """
    INSERT INTO host (
      ip, flows_originated, flows_answered, packets_sent, packets_received, bytes_sent, bytes_received, first_ns, last_ns)
    SELECT ip, sum(o), sum(1 - o), sum(ps), sum(pr), sum(bs), sum(br), min(first), max(last)
    FROM (
      SELECT orig_ip AS ip, 1 AS o, orig_packets AS ps, resp_packets AS pr, orig_bytes AS bs, resp_bytes AS br,
        start_ns AS first, end_ns AS last
      FROM flow WHERE flow_id >= ?1
      UNION ALL
      SELECT resp_ip, 0, resp_packets, orig_packets, resp_bytes, orig_bytes, start_ns, end_ns
      FROM flow WHERE flow_id >= ?1)
    WHERE true
    GROUP BY ip
    ON CONFLICT DO UPDATE SET
      flows_originated = flows_originated + excluded.flows_originated,
      flows_answered = flows_answered + excluded.flows_answered,
      packets_sent = packets_sent + excluded.packets_sent,
      packets_received = packets_received + excluded.packets_received,
      bytes_sent = bytes_sent + excluded.bytes_sent,
      bytes_received = bytes_received + excluded.bytes_received,
      first_ns = min(first_ns, excluded.first_ns),
      last_ns = max(last_ns, excluded.last_ns)
    """
}
