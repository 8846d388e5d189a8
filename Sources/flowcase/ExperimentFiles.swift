import Engine
import Foundation
import Reporting

/// Writes the tables and figures of an experiment: CSV and SVG, and a page that holds them all.
struct ExperimentFiles {
  let directory: String

  func write(_ report: PaperReport, command: String) throws {
    var page = HTMLPage(title: "Attention-based LSTM and HAN for encrypted traffic: the experiment repeated")
    page.paragraph(
      "Every number in brackets or under 'paper' is the paper's (Yao et al., Identification of Encrypted Traffic Through Attention Mechanism Based Long Short Term Memory); every other one was measured by this command:"
    )
    page.code(command)
    page.paragraph(
      "Read the grouped columns for what a model does on captures it has never seen. A random split puts flows of one capture on both sides, and what it measures is largely how well a recording is recognised."
    )
    page.heading("Tables")
    let tables = try OutputTarget(directory + "/tables.md")
    for table in report.tables {
      try write(table)
      try markdown(table, to: tables)
      page.table(table.title, columns: table.columns, rows: table.rows, note: table.note)
    }
    try tables.sink.flush()
    page.heading("Figures")
    for figure in report.figures {
      try write(figure.table)
      let svg = figure.svg
      try write(svg, to: figure.name + ".svg")
      page.picture(svg, note: figure.note)
    }
    try write(page.text, to: "index.html")
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
    let target = try OutputTarget("\(directory)/\(table.name).csv")
    var writer = OutputFormat.csv.writer(to: target.sink)
    try writer.begin(columns: table.columns)
    for row in table.rows { try writer.row(row) }
    try writer.end(isTruncated: false)
    try target.sink.flush()
  }

  private func write(_ text: String, to name: String) throws {
    let target = try OutputTarget("\(directory)/\(name)")
    try target.write(text)
    try target.sink.flush()
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
