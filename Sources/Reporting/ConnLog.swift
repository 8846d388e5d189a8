package import Records

/// Flows as Zeek writes its `conn.log`: tab-separated, with a header that names fields and types, so that what reads Zeek's
/// logs reads them.
///
/// Zeek's `orig_bytes` and `resp_bytes` are payload, which a case does not have: they are unset, and the IP bytes stand where
/// Zeek has them. What Zeek has no field for comes after its own: the Community ID, the VLAN ids, and `flowcase_...`.
package struct ConnLog {
  private let sink: TextSink
  private var line: [UInt8] = []

  private static let fields: [(name: String, type: String, sql: String)] = [
    // Zeek's seconds have six digits; the last three are cut off, as in Zeek.
    ("ts", "time", "printf('%d.%06d', start_ns / 1000000000, start_ns % 1000000000 / 1000)"),
    ("uid", "string", "flow_uid"),
    ("id.orig_h", "addr", "orig_ip"),
    ("id.orig_p", "port", "orig_port"),
    ("id.resp_h", "addr", "resp_ip"),
    ("id.resp_p", "port", "resp_port"),
    (
      "proto", "enum",
      "CASE proto WHEN 'tcp' THEN 'tcp' WHEN 'udp' THEN 'udp' WHEN 'icmp' THEN 'icmp' WHEN 'icmpv6' THEN 'icmp' ELSE 'unknown_transport' END"
    ),
    ("service", "string", "NULL"),
    (
      "duration", "interval",
      "CASE WHEN end_ns > start_ns THEN printf('%d.%06d', (end_ns - start_ns) / 1000000000, (end_ns - start_ns) % 1000000000 / 1000) END"
    ),
    ("orig_bytes", "count", "NULL"),
    ("resp_bytes", "count", "NULL"),
    ("conn_state", "string", "conn_state"),
    ("local_orig", "bool", "NULL"),
    ("local_resp", "bool", "NULL"),
    ("missed_bytes", "count", "NULL"),
    ("history", "string", "history"),
    ("orig_pkts", "count", "orig_pkts"),
    ("orig_ip_bytes", "count", "orig_bytes"),
    ("resp_pkts", "count", "resp_pkts"),
    ("resp_ip_bytes", "count", "resp_bytes"),
    ("tunnel_parents", "set[string]", "NULL"),
    ("community_id", "string", "community_id"),
    ("flowcase_vlan", "string", "vlan"),
    ("flowcase_tunnel", "string", "tunnel"),
    ("flowcase_server_name", "string", "server_name"),
    ("flowcase_label", "string", "label"),
    ("flowcase_label_source", "string", "label_source"),
    ("flowcase_confidence", "double", "confidence"),
    ("flowcase_evidence", "string", "evidence_path"),
    ("flowcase_label_level", "string", "label_level"),
    ("flowcase_label_set", "string", "label_set"),
    ("flowcase_vantage", "string", "vantage"),
  ]

  /// What to ask the view `flows` for.
  static let columns = fields.map { "\($0.sql) AS \"\($0.name)\"" }.joined(separator: ", ")

  package init(sink: TextSink) { self.sink = sink }
}

extension ConnLog: RowWriter {
  package mutating func begin(columns: [String]) throws(ReportError) {
    let names = Self.fields.map(\.name).joined(separator: "\t"), types = Self.fields.map(\.type).joined(separator: "\t")
    try sink.put(
      """
      #separator \\x09
      #set_separator\t,
      #empty_field\t(empty)
      #unset_field\t-
      #path\tconn
      #fields\t\(names)
      #types\t\(types)

      """)
  }

  package mutating func row(_ values: [SQLValue]) throws(ReportError) {
    line.removeAll(keepingCapacity: true)
    for (index, value) in values.enumerated() {
      if index > 0 { line.append(9) }
      put(value)
    }
    line.append(10)
    try sink.put(line)
  }

  package mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated { try sink.put("#\(truncationNotice)\n") }
    try sink.flush()
  }

  /// A text that reads like an unset or an empty field is escaped, and so is all that is no visible ASCII character or space, as
  /// in Zeek's own logs.
  private mutating func put(_ value: SQLValue) {
    guard case .text(let text) = value else {
      return line.append(contentsOf: value == .null ? "-".utf8 : value.plainText.utf8)
    }
    if text.isEmpty { return line.append(contentsOf: "(empty)".utf8) }
    if text == "-" || text == "(empty)" { return putEscaped(Array(text.utf8)[...], from: 0x7f) }
    let bytes = Array(text.utf8)
    if bytes.first == UInt8(ascii: "#") {
      putEscaped(bytes[...0], from: 0x7f)
      putEscaped(bytes[1...], from: 0x20)
    } else {
      putEscaped(bytes[...], from: 0x20)
    }
  }

  /// - Parameter from: bytes below it are escaped.
  private mutating func putEscaped(_ bytes: ArraySlice<UInt8>, from lowest: UInt8) {
    for byte in bytes {
      if byte < lowest || byte >= 0x7f || byte == UInt8(ascii: "\\") {
        let digits = Array("0123456789abcdef".utf8)
        line += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        line.append(byte)
      }
    }
  }
}
