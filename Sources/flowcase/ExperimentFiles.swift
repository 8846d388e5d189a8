import Engine
import Foundation
import Reporting

/// Writes the tables and figures of an experiment: CSV and SVG, and a page that holds them all.
struct ExperimentFiles {
  let directory: OutputDirectory

  private static let title = "Attention-based LSTM and HAN for encrypted traffic: the experiment repeated"
  /// How tables.md begins.
  private static let firstTable = "Table 1. Flows of the data set, first of ten rounds"

  /// Decides whether all may be written, before anything is trained.
  func check() throws {
    try directory.check("index.html", .page(title: Self.title))
    try directory.check("tables.md", .markdown(heading: Self.firstTable))
    try directory.check("results.jsonl", .experimentResults)
  }

  /// The file that grows with each training. What is there is gone on with; a file of something else stays, forced or not.
  func results(keptFrom outputs: OutputGuard) throws -> String {
    var outputs = outputs
    outputs.isForced = false
    try directory.make()
    let planned = try outputs.plan("\(directory.path)/results.jsonl", .experimentResults)
    return planned.filePath ?? planned.name
  }

  func write(_ report: PaperReport, command: String) throws {
    var page = HTMLPage(title: Self.title)
    page.paragraph(
      "Every number in brackets or under 'paper' is the paper's (Yao et al., Identification of Encrypted Traffic Through Attention Mechanism Based Long Short Term Memory); every other one was measured by this command:"
    )
    page.code(command)
    page.paragraph(
      "Read the grouped columns for what a model does on captures it has never seen. A random split puts flows of one capture on both sides, and what it measures is largely how well a recording is recognised."
    )
    page.heading("Tables")
    let tables = OutputTarget(try directory.open("tables.md", .markdown(heading: Self.firstTable)))
    for table in report.tables {
      try write(table)
      try markdown(table, to: tables)
      page.table(table.title, columns: table.columns, rows: table.rows, note: table.note)
    }
    try tables.flush()
    page.heading("Figures")
    for figure in report.figures {
      try write(figure.table)
      let svg = figure.svg
      try directory.text(figure.name + ".svg", .picture, svg)
      page.picture(svg, note: figure.note)
    }
    try directory.text("index.html", .page(title: Self.title), page.text)
    try directory.commit()
  }

  private func markdown(_ table: ResultTable, to target: OutputTarget) throws {
    try target.write("## \(table.title)\n\n")
    var writer = OutputFormat.markdown.writer(to: target.sink)
    try writer.begin(columns: table.columns)
    for row in table.rows { try writer.row(row) }
    try writer.end(isTruncated: false)
    try target.write("\n\(table.note)\n\n")
  }

  private func write(_ table: ResultTable) throws {
    try directory.csv("\(table.name).csv", columns: table.columns) { writer in
      try writer.begin(columns: table.columns)
      for row in table.rows { try writer.row(row) }
      try writer.end(isTruncated: false)
    }
  }
}

extension ResultFigure {
  var svg: String {
    // One scale, so that pictures can be compared.
    let isShare = ["F1", "precision"].contains(yTitle)
    return SeriesChart(
      title: title, kind: kind == .bars ? .bars : .lines, xTitle: xTitle, yTitle: yTitle, places: places,
      series: series, top: isShare ? 1 : nil
    ).svg
  }
}
