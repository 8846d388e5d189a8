package import Records

/// The forms in which rows are given out.
package enum OutputFormat: String, Sendable, CaseIterable {
  case table, csv, jsonl, markdown
}

/// Takes the rows of one result and writes them out as they come.
package protocol RowFormatter {
  /// Called once, before the rows.
  mutating func begin(_ columns: [String]) throws
  mutating func row(_ values: [SQLValue]) throws
  /// Called once, after the rows.
  mutating func end() throws
}

/// Where text goes: a file, a terminal, a test.
package typealias TextSink = (String) throws -> Void

extension OutputFormat {
  /// - Parameters:
  ///   - isRaw: CSV fields as they are, without the guard against spreadsheet formulas.
  ///   - width: columns of the terminal, for tables; `nil` cuts nothing.
  package func formatter(isRaw: Bool = false, width: Int? = nil, to sink: @escaping TextSink) -> any RowFormatter {
    switch self {
    case .table: TableFormatter(width: width, sink: sink)
    case .csv: CSVFormatter(isRaw: isRaw, sink: sink)
    case .jsonl: JSONLinesFormatter(sink: sink)
    case .markdown: MarkdownFormatter(sink: sink)
    }
  }
}
