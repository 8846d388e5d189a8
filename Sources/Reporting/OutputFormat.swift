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
  /// The cells of a row apart by tabs, without a header: for scripts.
  case value

  /// A writer of this format.
  ///
  /// - Parameters:
  ///   - isRaw: whether `csv` and `value` leave texts as they are; the other formats escape what they must in any case.
  ///   - isTerminal: whether the output is a terminal, on which a long value would spoil the table.
  ///   - terminalWidth: columns of the terminal, which `table` keeps to; `nil` for any number.
  ///   - endsLinesInLF: whether lines of `csv` end in LF alone, as programs at the other end of a pipe want them.
  package func writer(
    to sink: TextSink, isRaw: Bool = false, isTerminal: Bool = false, terminalWidth: Int? = nil,
    endsLinesInLF: Bool = false
  ) -> any RowWriter {
    switch self {
    case .table: TableWriter(sink: sink, isTerminal: isTerminal, terminalWidth: terminalWidth)
    case .csv: CSVWriter(sink: sink, isRaw: isRaw, endsLinesInLF: endsLinesInLF)
    case .value: ValueWriter(sink: sink, isRaw: isRaw)
    case .jsonl: JSONLinesWriter(sink: sink)
    case .markdown: MarkdownWriter(sink: sink)
    }
  }
}
