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
      let flows = ReportFigure.count(.integer(rate.flows), "flow"), coverage = ReportFigure.percent(rate.coverage)
      let place =
        switch rate.split {
        case "no_class": "of \(flows) that are of none of its classes it labels \(coverage)"
        case "grouped": "on captures it had never seen (\(flows)) it labels \(coverage)"
        case "laboratory": "in laboratories it had never seen (\(flows)) it labels \(coverage)"
        case "random":
          "on flows of captures it was trained on, with a threshold for such flows, (\(flows)) it labels \(coverage)"
        default: "on the split '\(rate.split)' (\(flows)) it labels \(coverage)"
        }
      return rate.split == "no_class" ? place : "\(place), of which \(ReportFigure.percent(rate.errorRate)) wrongly"
    }.joined(separator: "; ")
  }

  // MARK: Labels

  private mutating func labels() throws {
    page.heading("Labels")
    let model = try facts.model()
    let overview = try LabelOverview(facts.reader, model: model?.sha256)
    let rows = overview.rows
    let (all, asked, labelled) = overview.counts
    let share = { (flows: Int64) in ReportFigure.percent(all > 0 ? Double(flows) / Double(all) : 0) }
    if asked > 0 {
      page.paragraph(
        "The model was asked about \(ReportFigure.count(.integer(asked), "flow")) and labels \(ReportFigure.count(labelled)) of them (\(ReportFigure.percent(Double(labelled) / Double(asked)))); the others are 'unknown'."
      )
    }
    let kinds = ["model", "protocol", "none"]
    page.picture(
      BarChart(
        title: "Flows by label", unit: "flows",
        bars: rows.prefix(24).map { row in
          BarChart.Bar(
            name: row.label, value: Double(row.flows), kind: kinds.firstIndex(of: row.source) ?? 2,
            note: share(row.flows))
        }, kinds: ["label of the model", "protocol that the model leaves out", "no label"]
      ).svg)
    page.table(
      "Flows, packets and bytes by label",
      columns: [
        "label", "given by", "flows", "share", "of these by the class alone", "packets", "bytes", "mean confidence",
        "wrong on new captures", "wrong in new laboratories", "given to flows of no class",
      ],
      rows: rows.prefix(Self.listLimit).map { row in
        let rates = [row.newCaptures, row.newLaboratories, row.noClass].map { rate -> SQLValue in
          row.isGiven ? .text(rate?.text ?? "not measured") : .null
        }
        return [
          .text(row.label), .text(row.source), .text(ReportFigure.count(row.flows)), .text(share(row.flows)),
          row.isGiven ? .text(ReportFigure.count(row.ofClass)) : .null, .text(ValueAxis.text(row.packets)),
          .text(ReportFigure.bytes(row.bytes)), row.confidence.map { .text(SVGPicture.number($0, 3)) } ?? .null,
        ] + rates
      },
      note: try model.map {
        "'unknown' is where \($0.abstention). A class alone is given where it is sure and none of the labels under it is. Measured: \(try worth(of: $0)). Confidence is what the model's calibration says of such flows; the rates were measured: on captures of laboratories it was trained on, in laboratories it had never seen, and on flows that are of none of its classes."
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
