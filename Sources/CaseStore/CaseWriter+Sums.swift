import Records

/// Sums over flows that SQLite takes from the rows themselves, which bounds memory whatever the evidence. All are sums of
/// integers, so that no order of addition shows in them.
extension CaseWriter {
  /// Adds the flows from a number on to the sums by host and by conversation.
  func addFlowSums(from first: Int64) throws(StoreError) {
    try connection.execute(Self.addHosts, [.integer(first)])
    try connection.execute(Self.addConversations, [.integer(first)])
  }

  /// Adds the flows from a number on to the sums by label.
  ///
  /// - Parameter model: whose labels; `nil` for flows that no model was asked about.
  func addLabelSums(from first: Int64, model: Int64?) throws(StoreError) {
    guard let model else {
      for statement in Self.unlabelledSums { try connection.execute(statement, [.integer(first)]) }
      return
    }
    for statement in Self.labelledSums { try connection.execute(statement, [.integer(first), .integer(model)]) }
  }

  private static let label = GivenLabel.name()
  private static let labelSource = """
    CASE WHEN p.protocol_name IS NOT NULL THEN 'protocol' WHEN p.model_id IS NOT NULL THEN 'model' ELSE 'none' END
    """
  /// Flows that the model was asked about; without a model, those that none was.
  private static func flows(isLabelled: Bool) -> String {
    isLabelled
      ? """
      JOIN prediction AS p ON p.flow_id = f.flow_id AND p.model_id = ?2
      \(GivenLabel.joins())
      """
      : """
      LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
      \(GivenLabel.joins())
      """
  }
  private static let labelledSums = [true].flatMap { labelSums(isLabelled: $0) }
  private static let unlabelledSums = [false].flatMap { labelSums(isLabelled: $0) }

  private static func labelSums(isLabelled: Bool) -> [String] {
    let flows = flows(isLabelled: isLabelled)
    let condition = isLabelled ? "" : " AND p.model_id IS NULL"
    return [
      addLabelHours(flows, condition), addEvidenceLabels(flows, condition), addHostLabels(flows, condition),
    ]
  }
  private static let confidence = "sum(CAST(round(coalesce(p.confidence, 0) * 1e8) AS INTEGER))"

  private static func addLabelHours(_ flows: String, _ condition: String) -> String {
    """
    INSERT INTO label_hour (model_id, label, label_source, hour, flows, packets, bytes, confidence_sum)
    SELECT coalesce(p.model_id, 0), \(label), \(labelSource),
      f.start_ns / 3600000000000 - (f.start_ns % 3600000000000 < 0), count(*), sum(f.orig_packets + f.resp_packets),
      sum(f.orig_bytes + f.resp_bytes), \(confidence)
    FROM flow AS f
    \(flows)
    WHERE f.flow_id >= ?1\(condition)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT DO UPDATE SET
      flows = flows + excluded.flows,
      packets = packets + excluded.packets,
      bytes = bytes + excluded.bytes,
      confidence_sum = confidence_sum + excluded.confidence_sum
    """
  }

  private static func addEvidenceLabels(_ flows: String, _ condition: String) -> String {
    """
    INSERT INTO evidence_label (evidence_id, model_id, label, label_source, flows, packets, bytes, confidence_sum)
    SELECT f.evidence_id, coalesce(p.model_id, 0), \(label), \(labelSource), count(*),
      sum(f.orig_packets + f.resp_packets), sum(f.orig_bytes + f.resp_bytes), \(confidence)
    FROM flow AS f
    \(flows)
    WHERE f.flow_id >= ?1\(condition)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT DO UPDATE SET
      flows = flows + excluded.flows,
      packets = packets + excluded.packets,
      bytes = bytes + excluded.bytes,
      confidence_sum = confidence_sum + excluded.confidence_sum
    """
  }

  private static func addHostLabels(_ flows: String, _ condition: String) -> String {
    """
    INSERT INTO host_label (ip, model_id, label, label_source, flows, packets, bytes)
    SELECT f.ip, coalesce(p.model_id, 0), \(label), \(labelSource), count(*), sum(f.packets), sum(f.bytes)
    FROM (
      SELECT flow_id, orig_ip AS ip, orig_packets + resp_packets AS packets, orig_bytes + resp_bytes AS bytes
      FROM flow WHERE flow_id >= ?1
      UNION ALL
      SELECT flow_id, resp_ip, orig_packets + resp_packets, orig_bytes + resp_bytes
      FROM flow WHERE flow_id >= ?1 AND resp_ip <> orig_ip) AS f
    \(flows)
    WHERE true\(condition)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT DO UPDATE SET
      flows = flows + excluded.flows,
      packets = packets + excluded.packets,
      bytes = bytes + excluded.bytes
    """
  }

  static let conversationUpdate = """
    ON CONFLICT DO UPDATE SET
      flows = flows + excluded.flows,
      orig_packets = orig_packets + excluded.orig_packets,
      resp_packets = resp_packets + excluded.resp_packets,
      orig_bytes = orig_bytes + excluded.orig_bytes,
      resp_bytes = resp_bytes + excluded.resp_bytes,
      first_ns = min(first_ns, excluded.first_ns),
      last_ns = max(last_ns, excluded.last_ns)
    """

  static let hostUpdate = """
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

  private static let addConversations = """
    INSERT INTO conversation (
      orig_ip, resp_ip, proto, resp_port, flows, orig_packets, resp_packets, orig_bytes, resp_bytes, first_ns, last_ns)
    SELECT orig_ip, resp_ip, proto, resp_port, count(*), sum(orig_packets), sum(resp_packets), sum(orig_bytes),
      sum(resp_bytes), min(start_ns), max(end_ns)
    FROM flow WHERE flow_id >= ?1
    GROUP BY 1, 2, 3, 4
    \(conversationUpdate)
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
    \(hostUpdate)
    """
}
