import ArgumentParser
import CaseStore
import Engine
import Records
import Reporting

extension OutputFormat: ExpressibleByArgument {}

/// How and where rows are written; shared by the commands that write rows.
struct OutputOptions: ParsableArguments {
  @Option(help: "table, csv, jsonl, markdown, or value (cells apart by tabs, for scripts).")
  var format: OutputFormat = .table
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file()) var output:
    String?
  @OptionGroup var overwrite: OverwriteOption
  @Flag(
    help: "Fields of csv and value as they are, without the guard against spreadsheet formulas and control characters.")
  var raw = false

  /// Decides whether the output may be written, before the question is asked.
  func plan(cases: [String]) throws -> PlannedOutput {
    try overwrite.outputs(cases: cases).plan(output, .unmarked("an earlier output"))
  }

  /// Where the rows go, and what writes them there.
  func open(_ planned: PlannedOutput) throws -> (target: OutputTarget, writer: any RowWriter) {
    let target = try OutputTarget(planned)
    let isTerminal = output == nil && Terminal.isStandardOutput
    return (
      target,
      format.writer(
        to: target.sink, isRaw: raw, isTerminal: isTerminal, terminalWidth: isTerminal ? Terminal.width : nil,
        endsLinesInLF: !target.isRegularFile)
    )
  }

  /// Writes rows that are there already.
  func write(columns: [String], rows: [[SQLValue]], to planned: PlannedOutput) throws {
    var (target, writer) = try open(planned)
    try writer.begin(columns: columns)
    for row in rows { try writer.row(row) }
    try writer.end(isTruncated: false)
    try target.finish()
  }
}

/// Takes rows as a case answers them, up to a number, and closes what was written even where it could not be finished.
struct RowStream {
  var writer: any RowWriter
  let limit: Int?
  private var count = 0
  private(set) var isTruncated = false

  private struct LimitReached: Error {}

  init(_ writer: any RowWriter, limit: Int? = nil) {
    self.writer = writer
    self.limit = limit
  }

  /// - Parameter ask: runs the query with what takes its columns and its rows.
  mutating func write(_ ask: (_ begin: ([String]) throws -> Void, _ row: ([SQLValue]) throws -> Void) throws -> Void)
    throws
  {
    var hasBegun = false
    do {
      try ask({
        try writer.begin(columns: $0)
        hasBegun = true
      }) { row in
        if count == limit { throw LimitReached() }
        count += 1
        try writer.row(row)
      }
    } catch is LimitReached {
      isTruncated = true
    } catch let error as StoreError where hasBegun {
      // What was written looks like a whole answer unless it says that it is not.
      try? writer.end(isTruncated: true)
      throw error
    }
    try writer.end(isTruncated: isTruncated)
  }
}
