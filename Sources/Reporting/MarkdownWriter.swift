import Records

/// A table as GitHub's Markdown has it. What Markdown or HTML would act on is escaped.
struct MarkdownWriter: RowWriter {
  let sink: TextSink
  private var columnCount = 0

  init(sink: TextSink) { self.sink = sink }

  mutating func begin(columns: [String]) throws(ReportError) {
    columnCount = columns.count
    try put(columns)
    try put(Array(repeating: "---", count: columns.count), isEscaped: true)
  }

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    try put(values.map(\.plainText))
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated {
      try put([truncationNotice] + Array(repeating: "", count: max(0, columnCount - 1)))
    }
    try sink.flush()
  }

  private func put(_ cells: [String], isEscaped: Bool = false) throws(ReportError) {
    let cells = isEscaped ? cells : cells.map(Self.escaped)
    try sink.put("| " + cells.joined(separator: " | ") + " |\n")
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in VisibleText.escaped(text).unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "|", "\\", "`", "*", "_", "[", "]", "~", "!", "#": escaped += "\\\(scalar)"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
