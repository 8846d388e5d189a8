import ArgumentParser
import Engine
import Learning
import Records
import Reporting

struct DatasetStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show the columns of a feature table: missing values, range and mean.")

  @OptionGroup var arguments: TableArguments
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table

  func run() throws {
    try reportingFailure {
      let table = try arguments.load().table
      let repeats = table.repeats
      say(
        "repeating an earlier one: \(repeats.rows.count.counted("row")), \(repeats.conflicting) of them under another class"
      )
      let target = try OutputTarget()
      var formatter = target.writer(format)
      try formatter.begin(columns: ["feature", "missing", "distinct", "least", "mean", "largest"])
      for (feature, column) in zip(table.features, table.columns) {
        let known = column.filter { !$0.isNaN }
        let mean = known.isEmpty ? 0 : known.reduce(0.0) { $0 + Double($1) } / Double(known.count)
        try formatter.row([
          .text(feature.name), .integer(Int64(column.count - known.count)), .integer(Int64(Set(known).count)),
          .real(Double(known.min() ?? 0)), .real(mean), .real(Double(known.max() ?? 0)),
        ])
      }
      try formatter.end(isTruncated: false)
      try target.finish()
    }
  }
}
