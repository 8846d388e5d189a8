import ArgumentParser
import CaseStore
import Records
import Reporting

extension OutputFormat: ExpressibleByArgument {}
extension ExportSubject: ExpressibleByArgument {}

/// How and where rows are written; shared by the commands that write rows.
struct OutputOptions: ParsableArguments {
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file()) var output:
    String?
  @Flag(help: "CSV fields as they are, without the guard against spreadsheet formulas and control characters.")
  var raw = false

  /// Writes the rows of one query.
  func write(_ sql: String, from casePath: String) throws {
    let target = try OutputTarget(output)
    var writer = format.writer(to: target.sink, isRaw: raw, isTerminal: output == nil && Terminal.isStandardOutput)
    let reader = try CaseReader(path: casePath)
    try reader.query(sql) {
      try writer.begin(columns: $0)
    } row: {
      try writer.row($0)
    }
    try writer.end(isTruncated: false)
    try target.sink.flush()
  }
}

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Ask a case a question in SQL.",
    discussion: """
      The case is opened for reading only. Its views are flows, evidence, problems, capture_notes, label_summary, attention, \
      attention_fields, attention_parts, hosts, conversations, timeline, evidence_tree, problems_by_file and ledger_mismatch; schemas/case.md describes \
      every column.
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Argument(help: "One SELECT statement.") var sql: String
  @OptionGroup var options: OutputOptions

  func run() throws { try reportingFailure { try options.write(sql, from: casePath) } }
}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a view of a case as CSV, JSON lines or a table.")

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Argument(help: "What to write: \(ExportSubject.allCases.map(\.rawValue).joined(separator: ", ")).") var subject:
    ExportSubject
  @OptionGroup var options: OutputOptions

  func run() throws { try reportingFailure { try options.write(subject.sql, from: casePath) } }
}
