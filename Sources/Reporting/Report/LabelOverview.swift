package import CaseStore
import Records

/// What is in a case, by label: flows, confidence, and what was measured of each label. From sums, whatever the case's size.
package struct LabelOverview {
  /// A share of some flows that were tested.
  struct Rate: Equatable {
    var share: Double
    var flows: Int64

    /// Such as `8.0 % of 250 flows`.
    var text: String { "\(ReportFigure.percent(share)) of \(ReportFigure.count(.integer(flows), "flow"))" }
  }

  struct Row {
    var label: String
    /// `model`, `protocol` or `none`.
    var source: String
    var flows: Int64
    var packets: Double, bytes: Double
    /// Mean over the flows; `nil` where no model gave the label.
    var confidence: Double?
    /// Wrong on new captures of laboratories it was trained on, and in new laboratories.
    var newCaptures: Rate?, newLaboratories: Rate?
    /// Given to flows of none of the classes.
    var noClass: Rate?
    /// Flows that were given the class alone.
    var ofClass: Int64

    var isGiven: Bool { source == "model" && label != "unknown" }
  }

  /// By number of flows, the most first.
  let rows: [Row]

  /// - Parameter model: SHA-256 of the model whose labels are meant; `nil` for flows that none was asked about.
  /// - Throws: `StoreError` when the case cannot answer.
  package init(_ reader: CaseReader, model: String?) throws(StoreError) {
    rows = try reader.rows(
      """
      SELECT label, label_source, flows, packets, bytes, mean_confidence, error_rate_new_captures,
        flows_tested_new_captures, error_rate_new_laboratories, flows_tested_new_laboratories, no_class_rate,
        flows_tested_no_class, flows_given_class
      FROM label_summary WHERE model_sha256 IS ? ORDER BY flows DESC, label
      """, [model.map { .text($0) } ?? .null]
    ).map { row in
      let rate = { (place: Int) in
        row[place] == .null ? nil : Rate(share: row[place].number, flows: row[place + 1].integer ?? 0)
      }
      return Row(
        label: row[0].plainText, source: row[1].plainText, flows: row[2].integer ?? 0, packets: row[3].number,
        bytes: row[4].number, confidence: row[5] == .null ? nil : row[5].number, newCaptures: rate(6),
        newLaboratories: rate(8), noClass: rate(10), ofClass: row[12].integer ?? 0)
    }
  }

  /// Flows in all, those that a model was asked about, and of these those that it labelled.
  var counts: (all: Int64, asked: Int64, labelled: Int64) {
    let sum = { (which: (Row) -> Bool) in rows.reduce(Int64(0)) { which($1) ? $0 + $1.flows : $0 } }
    return (sum { _ in true }, sum { $0.source == "model" }, sum(\.isGiven))
  }
}

extension LabelOverview {
  /// Labels, or protocols, that are named one by one.
  private static let listed = 8

  /// What is in the case, in a few lines of plain text.
  package var lines: [String] {
    let (all, asked, labelled) = counts
    let flows = { (count: Int64) in ReportFigure.count(.integer(count), "flow") }
    if all == 0 { return [] }
    var lines: [String] = []
    let protocols = rows.filter { $0.source == "protocol" }
    if !protocols.isEmpty {
      let named = protocols.prefix(Self.listed).map { "\($0.label) \(ReportFigure.count($0.flows))" }
      let rest = protocols.count - named.count
      lines.append(
        "\(flows(protocols.reduce(0) { $0 + $1.flows })) known by protocol: \(named.joined(separator: ", "))\(rest > 0 ? ", \(rest) more" : "")"
      )
    }
    if asked == 0 { return lines + (protocols.isEmpty ? ["\(flows(all)), without labels: no model was asked"] : []) }
    let given = rows.filter(\.isGiven)
    lines.append(
      "\(flows(asked)) asked of the model: \(ReportFigure.count(labelled)) labelled (\(ReportFigure.percent(Double(labelled) / Double(asked)))), \(ReportFigure.count(asked - labelled)) 'unknown'"
    )
    lines += given.prefix(Self.listed).map { "  \($0.line)" }
    if given.count > Self.listed { lines.append("  and \(given.count - Self.listed) labels more") }
    return lines
  }
}

extension LabelOverview.Row {
  /// Such as `Voip: 12 flows, confidence 0.94; wrong on new captures 8.0 % of 120, wrong in new laboratories 11.0 % of 50`.
  fileprivate var line: String {
    var text = "\(label): \(ReportFigure.count(.integer(flows), "flow"))"
    if ofClass > 0 { text += " (\(ReportFigure.count(ofClass)) by the class alone)" }
    if let confidence { text += ", confidence \(SVGPicture.number(confidence, 2))" }
    let rates = [
      newCaptures.map { "wrong on new captures \($0.text)" },
      newLaboratories.map { "wrong in new laboratories \($0.text)" },
      noClass.map { "given to \(ReportFigure.percent($0.share)) of flows of no class" },
    ].compactMap { $0 }
    return text + (rates.isEmpty ? "; not measured" : "; " + rates.joined(separator: ", "))
  }
}
