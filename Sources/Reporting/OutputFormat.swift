/// How the rows of an answer are written.
package enum OutputFormat: String, Sendable, CaseIterable {
  /// Aligned columns for a terminal.
  case table
  /// RFC 4180: commas, lines that end in CR LF, fields quoted where they must be.
  case csv
  /// One JSON object a line.
  case jsonl
  /// A table as GitHub's Markdown has it.
  case markdown

  /// A writer of this format.
  ///
  /// - Parameters:
  ///   - isRaw: whether `csv` leaves texts as they are; the other formats escape what they must in any case.
  ///   - isTerminal: whether the output is a terminal, on which a long value would spoil the table.
  package func writer(to sink: TextSink, isRaw: Bool = false, isTerminal: Bool = false) -> any RowWriter {
    switch self {
    case .table: TableWriter(sink: sink, isTerminal: isTerminal)
    case .csv: CSVWriter(sink: sink, isRaw: isRaw)
    case .jsonl: JSONLinesWriter(sink: sink)
    case .markdown: MarkdownWriter(sink: sink)
    }
  }
}
