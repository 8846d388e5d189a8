import Engine
import Learning
import Records
import Reporting

/// What was measured, as rows and as files.
struct EvaluationReport {
  let evaluation: Evaluation
  /// Such as `random, 10 rounds`.
  let title: String
  /// The threshold of the one model that was measured; several models have several.
  var threshold: Double?
  /// The flows behind the figures; `nil` leaves them out of what is written.
  var flows: JudgedFlowTable?

  private var metrics: Metrics { evaluation.metrics }

  /// `nil` where the flows' laboratories are not known.
  var laboratories: LaboratoryTable? {
    guard let flows, flows.dataset.examples.contains(where: { !$0.laboratory.isEmpty }) else { return nil }
    return LaboratoryTable(flows: flows.flows, dataset: flows.dataset, tree: flows.tree)
  }

  /// A row for each class that occurs, then the averages.
  func writeClasses(_ writer: inout any RowWriter) throws {
    try writer.begin(columns: ["class", "flows", "precision", "recall", "f1"])
    for label in metrics.labels.indices where metrics.support(label) > 0 {
      try writer.row([
        .text(metrics.labels[label]), .integer(Int64(metrics.support(label))), .real(metrics.precision(label)),
        .real(metrics.recall(label)), .real(metrics.f1(label)),
      ])
    }
    for (name, isWeighted) in [("macro average", false), ("weighted average", true)] {
      try writer.row([
        .text(name), .integer(Int64(metrics.flows)),
        .real(metrics.average(isWeighted: isWeighted, metrics.precision)),
        .real(metrics.average(isWeighted: isWeighted, metrics.recall)),
        .real(metrics.average(isWeighted: isWeighted, metrics.f1)),
      ])
    }
    try writer.end(isTruncated: false)
  }

  /// The tables of a directory, with what their header lines begin with; and the pictures.
  private static let tables: [String: [String]] = [
    "classes.csv": ["class", "flows", "precision", "recall", "f1"], "confusion.csv": ["true class"],
    "reliability.csv": ["from", "to", "flows", "mean confidence", "share right"],
    "summary.csv": ["measured", "flows", "accuracy"], "flows.csv": JudgedFlowTable.columns,
    "laboratories.csv": LaboratoryTable.columns,
  ]
  private static let pictures = ["f1.svg", "confusion.svg", "reliability.svg"]

  /// Decides whether all may be written to a directory, before anything is measured.
  static func check(_ directory: OutputDirectory) throws {
    for (name, columns) in tables.sorted(by: { $0.key < $1.key }) { try directory.check(name, .table(columns)) }
    for name in pictures { try directory.check(name, .picture) }
  }

  /// Writes everything to a directory: classes, confusion, reliability, summary and flows as CSV, and pictures as SVG.
  func write(to directory: OutputDirectory) throws {
    func csv(_ name: String, _ body: (inout any RowWriter) throws -> Void) throws {
      try directory.csv(name, columns: Self.tables[name] ?? [], body)
    }
    try csv("classes.csv") { try writeClasses(&$0) }
    try csv("confusion.csv") { writer in
      try writer.begin(columns: ["true class"] + metrics.labels)
      for (label, row) in metrics.confusion.enumerated() {
        try writer.row([.text(metrics.labels[label])] + row.map { .integer(Int64($0)) })
      }
      try writer.end(isTruncated: false)
    }
    try csv("reliability.csv") { writer in
      try writer.begin(columns: ["from", "to", "flows", "mean confidence", "share right"])
      for (index, bin) in metrics.bins.enumerated() {
        let width = 1 / Double(metrics.bins.count), flows = Double(max(bin.flows, 1))
        try writer.row([
          .real(Double(index) * width), .real(Double(index + 1) * width), .integer(Int64(bin.flows)),
          bin.flows > 0 ? .real(bin.confidence / flows) : .null,
          bin.flows > 0 ? .real(Double(bin.correct) / flows) : .null,
        ])
      }
      try writer.end(isTruncated: false)
    }
    try csv("summary.csv") { writer in
      try writer.begin(columns: summary.map(\.name))
      try writer.row(summary.map(\.value))
      try writer.end(isTruncated: false)
    }
    if let flows { try csv("flows.csv") { try flows.write(&$0) } }
    if let laboratories { try csv("laboratories.csv") { try laboratories.write(&$0) } }
    try writePictures(to: directory)
    try directory.commit()
  }

  /// The figures of all flows together.
  var summary: [(name: String, value: SQLValue)] {
    [
      ("measured", .text(title)), ("flows", .integer(Int64(metrics.flows))), ("accuracy", .real(metrics.accuracy)),
      ("macro_f1", .real(metrics.macroF1)), ("weighted_f1", .real(metrics.average(isWeighted: true, metrics.f1))),
      ("expected_calibration_error", .real(metrics.calibrationError)), ("coverage", .real(evaluation.coverage)),
      ("error_rate_of_labelled", .real(evaluation.errorRate)),
    ]
  }

  private func writePictures(to directory: OutputDirectory) throws {
    let present = metrics.labels.indices.filter { metrics.support($0) > 0 }
    let bars = SeriesChart(
      title: "F1 of each class (\(title))", kind: .bars, xTitle: "class", yTitle: "F1",
      places: present.map { metrics.labels[$0] }, series: [("F1", present.map { metrics.f1($0) })], top: 1)
    let matrix = ConfusionChart(
      title: "Confusion matrix (\(title))", labels: metrics.labels, counts: metrics.confusion)
    let reliability = ReliabilityChart(
      title: "Reliability (\(title))",
      bins: metrics.bins.filter { $0.flows > 0 }.map { bin in
        let flows = Double(bin.flows)
        return .init(flows: bin.flows, confidence: bin.confidence / flows, accuracy: Double(bin.correct) / flows)
      }, threshold: threshold)
    for (name, svg) in zip(Self.pictures, [bars.svg, matrix.svg, reliability.svg]) {
      try directory.text(name, .picture, svg)
    }
  }
}

extension CrossValidation.Result {
  /// Such as `attention-lstm and trees, grouped, 10 rounds`.
  func title(_ recipe: TrainingRecipe) -> String {
    "\(recipe.untrained(labels: []).kind), \(split.kind.rawValue), \(Figure.count(rounds.count, "round"))"
  }
}
