import ArgumentParser
import Engine
import Learning
import Records
import Reporting

struct ModelAuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Measure what a frozen model leans on, by taking it away.",
    discussion: """
      Each field is taken away in turn: masked (zeros in its place), and permuted (another flow's in its place, drawn by \
      chance). What the model then loses, it had from that field. Fields that tell hosts and recordings apart (IP id, \
      time to live, window, options with timestamps, sequence numbers, checksums) say nothing on new evidence.

      Attention is tested too: the packet it points to is taken out of each flow, and in turn one drawn by chance. Where \
      both change as many labels, attention does not say what a decision hangs on.

      A nearest neighbour and a small tree are tried on the same inputs, by cross-validation on these flows, flows dealt by \
      chance (random) and captures dealt whole (grouped). Where they come near the model, its figure is no sign of insight.

      Captures the model was trained on show what it learned to lean on; captures it has not seen, what that is worth. \
      With --output, a directory gets the tables as CSV and a picture.
      """)

  @Argument(help: "The model file; then captures, or directories of them.", completion: .file()) var paths: [String]
  @OptionGroup var labels: LabelFiles
  @Option(help: "Seed of what is drawn by chance.") var seed: UInt64 = 1
  @Option(name: .shortAndLong, help: "A directory for tables and a picture.", completion: .directory) var output:
    String?
  @OptionGroup var overwrite: OverwriteOption
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table

  func validate() throws {
    if paths.count < 2 { throw ValidationError("name a model file, then captures") }
  }

  func run() throws {
    try reportingFailure {
      let outputs = overwrite.outputs(inputs: [(paths, "an input"), (labels.inputs, "the label file")])
      let directory = try output.map { try OutputDirectory($0, outputs) }
      try directory?.check("fields.csv", .table(Self.fieldColumns))
      try directory?.check("baselines.csv", .table(Self.baselineColumns))
      try directory?.check("fields.svg", .picture)
      let model = try ModelLoader.load(paths[0]).model
      let flows = try FlowsForModel(model.description, Array(paths.dropFirst()), labels: labels, keepsSeenFlows: true)
      try flows.requireFlows()
      if let text = flows.seenText { say("\(text): the figures show what it leans on, not what it is worth") }
      let audit = ShortcutAudit(FlowClassifier(model), on: flows.dataset, seed: seed)
      let baselines = try SimpleBaselines(flows.dataset, model.description.contract, seed: seed)
      let target = try OutputTarget()
      var writer = target.writer(format)
      try write(audit, to: &writer)
      try target.finish()
      for sentence in sentences(audit) + sentences(baselines, model.description) { say(sentence) }
      if let directory { try write(audit, baselines, to: directory) }
    }
  }

  /// Tables and the picture.
  private func write(_ audit: ShortcutAudit, _ baselines: SimpleBaselines, to directory: OutputDirectory) throws {
    try directory.csv("fields.csv", columns: Self.fieldColumns) { try write(audit, to: &$0) }
    try directory.csv("baselines.csv", columns: Self.baselineColumns) { writer in
      try writer.begin(columns: Self.baselineColumns)
      for row in baselines.rows {
        try writer.row([
          .text(row.method.rawValue), .text(row.split.rawValue), .integer(Int64(row.metrics.flows)),
          .real(row.metrics.accuracy), .real(row.metrics.macroF1),
        ])
      }
      try writer.end(isTruncated: false)
    }
    // From 0, a fall of some hundredths could not be seen beside what is left.
    func lost(_ metrics: Metrics) -> Double { max(0, audit.unchanged.accuracy - metrics.accuracy) }
    let chart = SeriesChart(
      title: "Accuracy lost without a field, of \(Figure.short(audit.unchanged.accuracy))", kind: .bars,
      xTitle: "field taken away", yTitle: "accuracy lost", places: audit.rows.map(\.field.rawValue),
      series: [("masked", audit.rows.map { lost($0.masked) }), ("permuted", audit.rows.map { lost($0.permuted) })])
    try directory.text("fields.svg", .picture, chart.svg)
    try directory.commit()
  }

  private static let fieldColumns = [
    "field", "accuracy masked", "macro-F1 masked", "accuracy permuted", "macro-F1 permuted", "accuracy lost",
  ]
  private static let baselineColumns = ["method", "split", "flows", "accuracy", "macro-F1"]

  private func sentences(_ baselines: SimpleBaselines, _ model: ModelDescription) -> [String] {
    baselines.rows.map { row in
      let own = model.errorRates.first { $0.split == row.split.rawValue }
      return
        "\(row.method.rawValue), \(row.split.rawValue) split of \(Figure.count(baselines.flows, "flow")): accuracy \(Figure.short(row.metrics.accuracy)), macro-F1 \(Figure.short(row.metrics.macroF1))"
        + (own.map { "; the model's file says of itself \(Figure.short($0.accuracy)) and \(Figure.short($0.macroF1))" }
          ?? "")
    }
  }

  private func write(_ audit: ShortcutAudit, to writer: inout any RowWriter) throws {
    try writer.begin(columns: Self.fieldColumns)
    func row(_ name: String, _ masked: Metrics, _ permuted: Metrics) -> [SQLValue] {
      let lost = audit.unchanged.accuracy - min(masked.accuracy, permuted.accuracy)
      return [.text(name)]
        + [masked.accuracy, masked.macroF1, permuted.accuracy, permuted.macroF1, lost].map {
          .real(($0 * 10_000).rounded() / 10_000)
        }
    }
    try writer.row(row("(nothing)", audit.unchanged, audit.unchanged))
    for result in audit.rows { try writer.row(row(result.field.rawValue, result.masked, result.permuted)) }
    try writer.end(isTruncated: false)
  }

  private func sentences(_ audit: ShortcutAudit) -> [String] {
    let accuracy = audit.unchanged.accuracy
    var lines = [
      "\(Figure.count(audit.unchanged.flows, "flow")): with everything it is used to, the model is right on \(Figure.percent(accuracy))"
    ]
    let worst = audit.rows.map { ($0.field, min($0.masked.accuracy, $0.permuted.accuracy)) }.sorted { $0.1 < $1.1 }
    for (field, left) in worst.prefix(3) where left < accuracy {
      lines.append("without what \(field.rawValue) says, it is right on \(Figure.percent(left))")
    }
    if let found = audit.faithfulness, found.flows > 0 {
      let flows = Double(found.flows)
      lines.append(
        "attention: without the packet it points to, \(Figure.percent(Double(found.changedWithoutAttended) / flows)) of \(Figure.count(found.flows, "flow")) get another label, without one drawn by chance \(Figure.percent(Double(found.changedWithoutRandom) / flows)); the first answer's probability falls by \(Figure.short(found.lossWithoutAttended / flows)) and \(Figure.short(found.lossWithoutRandom / flows))"
      )
    }
    return lines
  }
}
