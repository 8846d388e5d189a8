import Records

/// Aligned columns under their names. Numbers stand to the right, nothing from a capture reaches the terminal unescaped.
///
/// The first rows are held back to find the widths of the columns; the rest is written with those widths as it comes. On a
/// terminal the table ends where the next column does not fit, and its last line names what is not shown.
struct TableWriter: RowWriter {
  let sink: TextSink
  let isTerminal: Bool
  /// Columns of the terminal; `nil` for no limit.
  let terminalWidth: Int?
  private var columns: [String] = []
  private var held: [[SQLValue]] = []
  /// Columns of the terminal for each column of the table; empty until the first rows have been seen.
  private var widths: [Int] = []
  private var isNumeric: [Bool] = []
  private static let heldRows = 1000
  /// The widest a value may be on a terminal.
  private static let widest = 48

  init(sink: TextSink, isTerminal: Bool, terminalWidth: Int? = nil) {
    self.sink = sink
    self.isTerminal = isTerminal
    self.terminalWidth = terminalWidth
  }

  mutating func begin(columns: [String]) throws(ReportError) {
    self.columns = columns.map(VisibleText.escaped)
  }

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    if !widths.isEmpty { return try put(values.map(cell)) }
    held.append(values)
    if held.count == Self.heldRows { try release() }
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if widths.isEmpty { try release() }
    if let notice = hiddenNotice { try sink.put(notice) }
    if isTruncated { try sink.put("… \(truncationNotice)\n") }
    try sink.flush()
  }

  /// Which columns are not shown, and how to see them; `nil` where all are.
  private var hiddenNotice: String? {
    let hidden = columns.dropFirst(widths.count)
    guard let room = terminalWidth, !hidden.isEmpty else { return nil }
    var names = ""
    for (index, name) in hidden.enumerated() {
      let next = names.isEmpty ? name : "\(names), \(name)"
      if index > 0, VisibleText.width(next) > room - 4 {
        names += ", …"
        break
      }
      names = next
    }
    let count = "\(hidden.count) of \(columns.count) columns"
    return """
      … \(count) \(hidden.count == 1 ? "does" : "do") not fit and \(hidden.count == 1 ? "is" : "are") not shown:
      \(names)
      See all with --format csv, or some with --columns (export) or their names in the SQL (query).

      """
  }

  private mutating func release() throws(ReportError) {
    let rows = held.map { $0.map(cell) }
    widths = columns.indices.map { column in
      rows.reduce(VisibleText.width(columns[column])) { width, row in
        row.indices.contains(column) ? max(width, VisibleText.width(row[column])) : width
      }
    }
    keepWhatFits()
    isNumeric = columns.indices.map { column in
      let values = held.compactMap { $0.indices.contains(column) && $0[column] != .null ? $0[column] : nil }
      return !values.isEmpty && values.allSatisfy(\.isNumber)
    }
    held = []
    try put(columns)
    try put(widths.map { String(repeating: "-", count: $0) })
    for row in rows { try put(row) }
  }

  /// Cuts the widths off where the terminal ends; one column is always shown.
  private mutating func keepWhatFits() {
    guard let terminalWidth else { return }
    var used = 0
    let count = widths.prefix { width in
      used += width + (used > 0 ? 2 : 0)
      return used <= terminalWidth
    }.count
    widths.removeLast(widths.count - max(count, min(1, widths.count)))
  }

  private func cell(_ value: SQLValue) -> String {
    let text = VisibleText.escaped(value.plainText)
    guard isTerminal, VisibleText.width(text) > Self.widest else { return text }
    var cut = ""
    var width = 1
    for scalar in text.unicodeScalars {
      width += VisibleText.width(scalar)
      if width > Self.widest { break }
      cut.unicodeScalars.append(scalar)
    }
    return cut + "…"
  }

  private func put(_ cells: [String]) throws(ReportError) {
    var line = ""
    for (column, cell) in cells.enumerated() where widths.indices.contains(column) {
      if column > 0 { line += "  " }
      let padding = String(repeating: " ", count: max(0, widths[column] - VisibleText.width(cell)))
      let isLast = column == widths.count - 1
      line += isNumeric[column] ? padding + cell : isLast ? cell : cell + padding
    }
    try sink.put(line)
    try sink.put("\n")
  }
}
