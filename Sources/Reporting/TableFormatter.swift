import Records

/// Aligned columns for a terminal. The first rows decide how wide columns are; later rows are cut to fit.
struct TableFormatter: RowFormatter {
  let width: Int?
  let sink: TextSink
  private var columns: [String] = []
  private var waiting: [[Cell]] = []
  private var widths: [Int] = []

  private struct Cell {
    var text: String
    var isNumber: Bool
  }

  /// Rows looked at before the first line is printed.
  private static let sampleSize = 500
  /// The widest a column gets where the terminal's width is a bound.
  private static let columnLimit = 60

  init(width: Int?, sink: @escaping TextSink) {
    self.width = width
    self.sink = sink
  }

  mutating func begin(_ columns: [String]) throws { self.columns = columns.map(SafeText.escaped) }

  mutating func row(_ values: [SQLValue]) throws {
    let cells = values.map(Self.cell)
    if widths.isEmpty {
      waiting.append(cells)
      if waiting.count == Self.sampleSize { try flush() }
    } else {
      try sink(line(cells))
    }
  }

  mutating func end() throws { if widths.isEmpty { try flush() } }

  private mutating func flush() throws {
    let limit = width == nil ? Int.max : Self.columnLimit
    widths = columns.indices.map { index in
      min(
        limit,
        max(columns[index].count, waiting.map { $0.indices.contains(index) ? $0[index].text.count : 0 }.max() ?? 0))
    }
    try sink(line(columns.map { Cell(text: $0, isNumber: false) }))
    try sink(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ") + "\n")
    for cells in waiting { try sink(line(cells)) }
    waiting.removeAll()
  }

  private func line(_ cells: [Cell]) -> String {
    let fields = cells.enumerated().map { index, cell -> String in
      let space = widths.indices.contains(index) ? widths[index] : cell.text.count
      let text = cell.text.count > space && width != nil ? cell.text.prefix(max(0, space - 1)) + "…" : cell.text[...]
      let padding = String(repeating: " ", count: max(0, space - text.count))
      return cell.isNumber ? padding + text : text + padding
    }
    var line = fields.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  private static func cell(_ value: SQLValue) -> Cell {
    switch value {
    case .null: Cell(text: "", isNumber: false)
    case .integer(let integer): Cell(text: String(integer), isNumber: true)
    case .real(let real): Cell(text: NumberText.text((real * 1e6).rounded() / 1e6), isNumber: true)
    case .text(let text): Cell(text: SafeText.escaped(text), isNumber: false)
    case .blob(let bytes): Cell(text: NumberText.hex(bytes), isNumber: false)
    }
  }
}

/// A Markdown table, for reports.
struct MarkdownFormatter: RowFormatter {
  let sink: TextSink

  mutating func begin(_ columns: [String]) throws {
    try sink(line(columns.map { SQLValue.text($0) }))
    try sink("|" + String(repeating: " --- |", count: columns.count) + "\n")
  }

  mutating func row(_ values: [SQLValue]) throws { try sink(line(values)) }
  mutating func end() throws {}

  private func line(_ values: [SQLValue]) -> String {
    "| " + values.map(cell).joined(separator: " | ") + " |\n"
  }

  private func cell(_ value: SQLValue) -> String {
    switch value {
    case .null: ""
    case .integer(let integer): String(integer)
    case .real(let real): NumberText.text(real)
    case .blob(let bytes): NumberText.hex(bytes)
    case .text(let text):
      SafeText.escaped(text).replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "&lt;")
    }
  }
}
