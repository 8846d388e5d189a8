import CaseStore
import Records

/// Who spoke with whom, and what the model looked at.
extension CaseReport {
  mutating func hosts() throws {
    page.heading("Hosts")
    let top = try facts.rows(
      """
      SELECT ip, bytes_sent + bytes_received AS bytes, bytes_sent, bytes_received, flows_originated, flows_answered
      FROM host ORDER BY bytes DESC, ip LIMIT 15
      """)
    page.picture(
      BarChart(
        title: "Hosts that sent and received most", unit: "bytes (IP)",
        bars: top.map {
          BarChart.Bar(name: $0[0].plainText, value: $0[1].number, note: ReportFigure.bytes($0[1].number))
        }
      ).svg)
    var rows: [[SQLValue]] = []
    for host in top {
      let labels = try facts.rows(
        """
        SELECT label, sum(flows) AS n FROM host_label
        WHERE ip = ? AND model_id = (SELECT coalesce(max(model_id), 0) FROM model)
        GROUP BY label ORDER BY n DESC, label LIMIT 4
        """, [host[0]])
      rows.append([
        host[0], .text(ReportFigure.bytes(host[2].number)), .text(ReportFigure.bytes(host[3].number)),
        .text(ReportFigure.count(host[4])), .text(ReportFigure.count(host[5])),
        .text(labels.map { "\($0[0].plainText) \(ReportFigure.count($0[1]))" }.joined(separator: ", ")),
      ])
    }
    page.table(
      "The same hosts", columns: ["address", "sent", "received", "flows begun", "flows answered", "labels (flows)"],
      rows: rows,
      note:
        "All \(ReportFigure.count(try facts.integer("SELECT count(*) FROM host"))) addresses: flowcase export \(casePath) hosts"
    )
    let conversations = try facts.rows(
      """
      SELECT orig_ip, resp_ip, proto, resp_port, flows, orig_bytes, resp_bytes FROM conversation
      ORDER BY orig_bytes + resp_bytes DESC, orig_ip, resp_ip, proto, resp_port LIMIT 15
      """)
    page.table(
      "Conversations with most bytes",
      columns: [
        "originator", "responder", "protocol", "port", "flows", "bytes from originator", "bytes from responder",
      ],
      rows: conversations.map { row in
        [
          row[0], row[1], row[2], row[3], .text(ReportFigure.count(row[4])), .text(ReportFigure.bytes(row[5].number)),
          .text(ReportFigure.bytes(row[6].number)),
        ]
      })
  }

  mutating func attention() throws {
    guard let model = try facts.model() else { return }
    let rows = try facts.rows(
      """
      SELECT label, packet_position, weight_sum / 1e8 / flows, flows FROM attention_sum
      WHERE model_id = ? ORDER BY label, packet_position
      """, [.integer(model.id)])
    if rows.isEmpty { return }
    page.heading("What the model looked at")
    var byLabel: [String: [(packet: Int, mean: Double)]] = [:]
    var flows: [String: Double] = [:]
    for row in rows {
      guard case .text(let label) = row[0], case .integer(let packet) = row[1] else { continue }
      byLabel[label, default: []].append((Int(packet), row[2].number))
      flows[label] = max(flows[label] ?? 0, row[3].number)
    }
    let ofTrees =
      model.architecture.hasSuffix("and trees")
      ? " The label is that of a network and of trees beside it: the weights are those of the network. What each packet adds in the trees, where the model says it, is in 'packet_contributions' of the view 'flows'."
      : ""
    let positions = min(byLabel.values.joined().map(\.packet).max() ?? 0, 20)
    page.picture(
      HeatChart(
        title: "Mean weight of each packet in the decision, by label", xTitle: "position of the packet in its flow",
        places: (1...max(positions, 1)).map { "\($0)" },
        rows: byLabel.keys.sorted().prefix(30).map { label in
          var values: [Double?] = Array(repeating: nil, count: positions)
          for (packet, mean) in byLabel[label] ?? [] where packet >= 1 && packet <= positions {
            values[packet - 1] = mean
          }
          return (name: label, values: values)
        }
      ).svg,
      note:
        "Means over the flows that have a packet at the position, so a row need not add up to one. Attention says what the model weighed, not what caused the traffic: it is no evidence by itself.\(ofTrees)"
    )
    let parts = try facts.rows(
      "SELECT label, part, round(mean, 3), round(byte_share, 3) FROM attention_parts WHERE model_sha256 = ? ORDER BY label, part",
      [.text(model.sha256)])
    if !parts.isEmpty {
      page.table(
        "Header or payload", columns: ["label", "part", "weight", "share of the bytes"],
        rows: Array(parts.prefix(Self.listLimit)))
    }
  }

  mutating func confidence() throws {
    guard let model = try facts.model() else { return }
    let rows = try facts.rows(
      """
      SELECT min(CAST(confidence * 20 AS INTEGER), 19) AS bin, count(*) FROM prediction
      WHERE confidence IS NOT NULL AND model_id = ? GROUP BY bin
      """, [.integer(model.id)])
    if rows.isEmpty { return }
    page.heading("Confidence")
    var counts = Array(repeating: 0.0, count: 20)
    for row in rows { if case .integer(let bin) = row[0], (0..<20).contains(bin) { counts[Int(bin)] = row[1].number } }
    page.picture(
      SeriesChart(
        title: "Flows by confidence of the model", kind: .bars, xTitle: "confidence, in steps of 0.05", yTitle: "flows",
        places: (0..<20).map { SVGPicture.number(Double($0) * 0.05, 2) },
        series: [(name: "flows", values: counts.map { Optional($0) })]
      ).svg,
      note: "The label is 'unknown' where \(model.abstention).")
    let least = try facts.rows(
      """
      SELECT l.confidence, l.predicted_label, s.label,
        (SELECT group_concat(c.value, ', ') FROM json_each(s.label_set) AS c),
        (SELECT printf('%d (%.2f)', w.key + 1, w.value) FROM json_each(s.attention) AS w
          ORDER BY w.value DESC, w.key LIMIT 1),
        (SELECT printf('%d (%+.2f)', w.key + 1, w.value) FROM json_each(s.packet_contributions) AS w
          ORDER BY abs(w.value) DESC, w.key LIMIT 1),
        l.flow_uid, l.flow_start, l.proto, l.orig_ip, l.resp_ip, l.resp_port
      FROM (SELECT * FROM least_certain_flows LIMIT 10) AS l JOIN flows AS s ON s.flow_id = l.flow_id
      ORDER BY l.confidence, l.flow_id
      """)
    page.table(
      "The flows of which the model was least sure",
      columns: [
        "confidence", "most probable label", "label", "classes it may be", "packet that weighed most (attention)",
        "packet that added most in the trees", "flow", "began", "protocol", "originator", "responder", "port",
      ], rows: least.map { [.text(SVGPicture.number($0[0].number, 3))] + $0.dropFirst() },
      note:
        "'classes it may be' is the set that holds the right class as often as the model file says, most probable first; empty where a model has none.",
      isWide: true)
  }
}
