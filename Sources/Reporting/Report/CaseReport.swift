package import CaseStore
import Records

/// A case on one page, to be read, printed and handed over.
///
/// Every number on it comes from the case; the page asks only sums and bounded lists, so that its size and the time it takes do
/// not grow with the number of flows.
package struct CaseReport {
  let facts: CaseFacts
  let casePath: String
  let toolVersion: String
  var page: HTMLPage

  /// Rows a list may have on the page; the rest is counted, and exported elsewhere.
  static let listLimit = 200
  /// The title of every such page, by which one is recognised.
  package static let title = "Flowcase report"

  /// - Parameters:
  ///   - casePath: the case as the reader of the page may know it.
  ///   - toolVersion: what makes the page.
  package init(_ reader: CaseReader, casePath: String, toolVersion: String) {
    facts = CaseFacts(reader: reader)
    self.casePath = casePath
    self.toolVersion = toolVersion
    page = HTMLPage(title: Self.title)
  }

  /// The whole page.
  ///
  /// - Throws: `StoreError` when the case cannot answer.
  package mutating func html() throws -> String {
    try summary()
    try labels()
    try timeline()
    try hosts()
    try attention()
    try confidence()
    try evidence()
    try problems()
    try modelCard()
    try reproduction()
    return page.text
  }

  // MARK: Summary

  private mutating func summary() throws {
    page.heading("Summary")
    let run = try facts.row(
      """
      SELECT (SELECT group_concat(DISTINCT case_number) FROM run), (SELECT group_concat(DISTINCT examiner) FROM run),
        min(started_at), max(finished_at), count(*), sum(finished_at IS NULL) FROM run
      """)
    let sums = try facts.row(
      """
      SELECT sum(parent_id IS NULL), sum(packets_read), sum(flow_count), sum(problem_count), sum(bytes_lost),
        sum(CASE WHEN parent_id IS NULL THEN container_bytes ELSE 0 END), min(first_packet_ns), max(last_packet_ns),
        sum(status = 'duplicate'), sum(status = 'rejected'), sum(status = 'partial') FROM evidence_item
      """)
    guard run.count == 6, sums.count == 11 else { return }
    let span = try facts.span()
    page.tiles([
      ("files of evidence", ReportFigure.count(sums[0])), ("bytes as stored", ReportFigure.bytes(sums[5].number)),
      ("packets", ReportFigure.count(sums[1])), ("flows", ReportFigure.count(sums[2])),
      ("problems", ReportFigure.count(sums[3])), ("bytes lost", ReportFigure.count(sums[4])),
    ])
    var list: [(String, String)] = [("case file", casePath)]
    if run[0] != .null { list.append(("case number", run[0].plainText)) }
    if run[1] != .null { list.append(("examiner", run[1].plainText)) }
    list.append(("captured", span.text))
    list.append(
      (
        "scanned",
        "\(run[2].plainText) to \(run[3].plainText) (\(ReportFigure.count(run[4], "run")), times of the clock)"
      )
    )
    if let model = try facts.model() {
      list.append(("model", "\(model.architecture), SHA-256 \(model.sha256)"))
      list.append(("what its labels are worth", try worth(of: model)))
    } else {
      list.append(("model", "none: flows have no labels of a model"))
    }
    page.facts(list)
    if run[5].number > 0 {
      page.warning(
        "A run did not finish: what is in the case is whole, and some evidence may be missing. Give the same scan again."
      )
    }
    if sums[3].number > 0 {
      page.warning(
        "The evidence has \(ReportFigure.count(sums[3], "problem")) (not read: \(ReportFigure.count(sums[9], "file")), read only in part: \(ReportFigure.count(sums[10])), second copies: \(ReportFigure.count(sums[8]))): see Problems."
      )
    }
  }

  /// The error rates of a model in a sentence.
  func worth(of model: CaseFacts.Model) throws -> String {
    let rates = try facts.errorRates(ofModel: model.id)
    if rates.isEmpty { return "not measured when the model was frozen" }
    return rates.map { rate in
      let where_ =
        rate.split == "grouped"
        ? "captures it had never seen" : "flows of captures it was trained on, with a threshold for such flows,"
      return
        "on \(where_) (\(ReportFigure.count(.integer(Int64(rate.flows)), "flow"))) it labels \(ReportFigure.percent(rate.coverage)), of which \(ReportFigure.percent(rate.errorRate)) wrongly"
    }.joined(separator: "; ")
  }

  // MARK: Labels

  private mutating func labels() throws {
    page.heading("Labels")
    let model = try facts.model()
    let rows = try facts.rows(
      """
      SELECT h.label, h.label_source, sum(h.flows) AS n, sum(h.packets), sum(h.bytes),
        CASE WHEN h.label_source = 'model' THEN sum(h.confidence_sum) / 1e8 / sum(h.flows) END,
        e.error_rate_new_captures, e.flows_tested_new_captures
      FROM label_hour AS h
      LEFT JOIN label_error_rates AS e
        ON e.model_id = h.model_id AND e.label = h.label AND h.label_source = 'model'
      WHERE h.model_id = ? GROUP BY h.label, h.label_source ORDER BY n DESC, h.label
      """, [.integer(model?.id ?? 0)])
    let all = rows.reduce(0) { $0 + $1[2].number }
    let kinds = ["model", "protocol", "none"]
    page.picture(
      BarChart(
        title: "Flows by label", unit: "flows",
        bars: rows.prefix(24).map { row in
          BarChart.Bar(
            name: row[0].plainText, value: row[2].number, kind: kinds.firstIndex(of: row[1].plainText) ?? 2,
            note: ReportFigure.percent(all > 0 ? row[2].number / all : 0))
        }, kinds: ["label of the model", "protocol that the model leaves out", "no label"]
      ).svg)
    page.table(
      "Flows, packets and bytes by label",
      columns: [
        "label", "given by", "flows", "share", "packets", "bytes", "mean confidence", "wrong on captures never seen",
      ],
      rows: rows.prefix(Self.listLimit).map { row in
        [
          row[0], row[1], .text(ReportFigure.count(row[2])),
          .text(ReportFigure.percent(all > 0 ? row[2].number / all : 0)), .text(ReportFigure.count(row[3])),
          .text(ReportFigure.bytes(row[4].number)),
          row[5] == .null ? .null : .text(SVGPicture.number(row[5].number, 3)),
          row[1] == .text("model") && row[0] != .text("unknown")
            ? .text(
              row[6] == .null
                ? "not measured"
                : "\(ReportFigure.percent(row[6].number)) of \(ReportFigure.count(row[7], "flow"))")
            : .null,
        ]
      },
      note: try model.map {
        "'unknown' is where \($0.abstention). Measured: \(try worth(of: $0)). Confidence is the model's own word and no error rate."
      } ?? "Scanned without a model.")
  }

  // MARK: Time

  private mutating func timeline() throws {
    page.heading("Timeline")
    let model = try facts.model()?.id ?? 0
    let rows = try facts.rows(
      "SELECT hour, label, flows FROM label_hour WHERE model_id = ?", [.integer(model)])
    let counts = TimeBuckets(
      rows.compactMap { row in
        guard case .integer(let hour) = row[0], case .text(let label) = row[1], case .integer(let flows) = row[2] else {
          return nil
        }
        // A case that was tampered with may hold anything; captures reach the years 1677 to 2262.
        return (min(max(hour, -2_600_000), 2_600_000), label, min(max(flows, 0), 1 << 40))
      })
    page.picture(
      SeriesChart(
        title: "Flows by the time they began", kind: .lines, xTitle: "UTC, \(counts.width)", yTitle: "flows",
        places: counts.places, series: counts.series
      ).svg,
      note: (counts.outside > 0
        ? "\(ReportFigure.count(.integer(Int64(counts.outside)), "flow")) far from these in time (\(counts.outsideDays)) not drawn. "
        : "")
        + "The labels with most flows; the others are taken together. Exact numbers: flowcase export \(casePath) timeline"
    )
  }
}
