/// The statements that write the rows a scan makes most of. They live as long as the connection.
struct BulkStatements {
  private(set) var flow: SQLiteStatement?
  private(set) var prediction: SQLiteStatement?
  private(set) var problem: SQLiteStatement?
  private(set) var metadata: SQLiteStatement?
  private(set) var note: SQLiteStatement?
  private(set) var packet: SQLiteStatement?
  /// Where texts are put together, used again for each row.
  var text: [UInt8] = []
  /// The values of the flow that is being written, for the digest of its evidence.
  var row = RowText()

  init(_ connection: Connection) throws(StoreError) {
    flow = try connection.prepare(
      """
      INSERT INTO flow (
        flow_id, evidence_id, start_ns, end_ns, proto, orig_ip, orig_port, resp_ip, resp_port, vlan, tunnel,
        orig_packets, resp_packets, orig_bytes, resp_bytes, end_reason, conn_state, history, server_name, community_id,
        first_packet, first_offset, last_packet, last_offset, last_evidence_id, service,
        vantage, vantage_reason)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    prediction = try connection.prepare(
      """
      INSERT INTO prediction (
        flow_id, model_id, protocol_name, label_position, is_abstained, confidence, probabilities, attention,
        attention_peak, class_position, label_level, class_set, contributions)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    problem = try connection.prepare(
      """
      INSERT INTO problem (problem_id, evidence_id, code, stream_offset, bytes_lost, message) VALUES (?, ?, ?, ?, ?, ?)
      """)
    metadata = try connection.prepare(
      """
      INSERT INTO flow_metadata (
        flow_id, tls_version, alpn, ja3, ja4, http_user_agent, ssh_client, ssh_server, resolved_names,
        server_name_raw, other_names)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    note = try connection.prepare(
      """
      INSERT INTO capture_note (note_id, evidence_id, stream_offset, packet, kind, name, value)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """)
    packet = try connection.prepare(
      """
      INSERT INTO kept_packet (
        flow_id, position, time_ns, is_from_originator, ip_length, transport_offset, payload_offset, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  /// Lets the statements go, which SQLite asks for before a connection is closed.
  mutating func finalize() {
    flow = nil
    prediction = nil
    problem = nil
    metadata = nil
    note = nil
    packet = nil
  }
}
