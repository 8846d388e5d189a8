import Records

/// The rows of flows as they are digested when they are written, read back.
///
/// A flow's values are: `start_ns`, `end_ns`, `proto`, `orig_ip`, `orig_port`, `resp_ip`, `resp_port`, `vlan`, `tunnel`,
/// `orig_packets`, `resp_packets`, `orig_bytes`, `resp_bytes`, `end_reason`, `conn_state`, `history`, `server_name`,
/// `community_id`, `first_packet`, `first_offset`, `last_packet`, `last_offset`, and `service`, `vantage` and `vantage_reason` where there are
/// any; then the eight of `flow_metadata` where there is a row, and `server_name_raw` and `other_names` where there are any; then of the
/// scanning model's `prediction`, where there is one, either `protocol_name` or `label_position`, `is_abstained`, `confidence`,
/// `probabilities` and `attention`, and of what version 5 added what those do not say: `class_position` where it is not `label_position`,
/// `label_level` where it is not that of `is_abstained`, `class_set`, `contributions`.
enum FlowRows {
  private static let flowColumns = 22, metadataColumns = 8
  /// Columns that cases of before do not have: of a flow, of its metadata, of its prediction.
  private static let laterColumns = [
    "service", "vantage", "vantage_reason", "server_name_raw", "other_names", "class_position", "label_level",
    "class_set", "contributions",
  ]

  /// Rows of one piece of evidence in their order; the parameters are the evidence and the model.
  static let sql = """
    SELECT f.start_ns, f.end_ns, f.proto, f.orig_ip, f.orig_port, f.resp_ip, f.resp_port, f.vlan, f.tunnel,
      f.orig_packets, f.resp_packets, f.orig_bytes, f.resp_bytes, f.end_reason, f.conn_state, f.history, f.server_name,
      f.community_id, f.first_packet, f.first_offset, f.last_packet, f.last_offset,
      m.tls_version, m.alpn, m.ja3, m.ja4, m.http_user_agent, m.ssh_client, m.ssh_server, m.resolved_names, m.flow_id,
      p.protocol_name, p.label_position, p.is_abstained, CAST(round(p.confidence * 1e8) AS INTEGER), p.probabilities,
      p.attention, f.service, f.vantage, f.vantage_reason, m.server_name_raw, m.other_names,
      CAST(CASE WHEN p.class_position IS NOT p.label_position THEN coalesce(p.class_position, 'none') END AS TEXT),
      CASE WHEN p.label_level IS NOT CASE WHEN p.is_abstained = 0 THEN 'full' END THEN coalesce(p.label_level, 'none') END,
      p.class_set, p.contributions
    FROM flow AS f
    LEFT JOIN flow_metadata AS m ON m.flow_id = f.flow_id
    LEFT JOIN prediction AS p ON p.flow_id = f.flow_id AND p.model_id = ?2
    WHERE f.evidence_id = ?1
    ORDER BY f.flow_id
    """

  /// The digest of the rows of one piece of evidence; `nil` where it has none.
  static func digest(
    evidence: Int64, model: Int64?, in connection: Connection, hash: ([UInt8]) -> String
  ) throws(StoreError) -> String? {
    let statement = try connection.prepare(sql)
    statement.bind(evidence)
    if let model { statement.bind(model) } else { statement.bindNull() }
    var digest = RowDigest()
    var text = RowText()
    while try statement.step() {
      let row = statement.row()
      text.begin()
      for value in row[..<flowColumns] { text.put(value) }
      let metadata = flowColumns + metadataColumns
      let later = row.count - laterColumns.count
      let put = { (names: Range<Int>) in
        for place in names { text.put(laterColumns[place], ifPresent: row[later + place].text) }
      }
      put(0..<3)
      if row[metadata] != .null {
        for value in row[flowColumns..<metadata] { text.put(value) }
        put(3..<5)
      }
      let prediction = metadata + 1
      if row[prediction] != .null {
        text.put(row[prediction])
      } else if row[prediction + 1] != .null {
        for value in row[(prediction + 1)..<later] { text.put(value) }
        put(5..<9)
      }
      digest.add(text, hash)
    }
    return digest.digest(hash)
  }
}

extension RowText {
  fileprivate mutating func put(_ value: SQLValue) {
    switch value {
    case .integer(let number): put(number)
    case .text(let text): put(text)
    // No column holds either; a case that was tampered with may.
    case .real(let number): put("\(number)")
    case .blob(let bytes): put(utf8: bytes)
    case .null: putNull()
    }
  }
}
