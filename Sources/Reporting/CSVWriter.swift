import Records

/// Comma-separated values as RFC 4180 has them, with a header line.
///
/// Null is an empty field and an empty text is `""`. Unless raw, a text that a spreadsheet would run as a formula gets an
/// apostrophe in front (CWE-1236), and control characters are escaped.
struct CSVWriter: RowWriter {
  let sink: TextSink
  let isRaw: Bool
  private var columnCount = 0

  init(sink: TextSink, isRaw: Bool) {
    self.sink = sink
    self.isRaw = isRaw
  }

  mutating func begin(columns: [String]) throws(ReportError) {
    columnCount = columns.count
    try put(columns.map { field(.text($0)) })
  }

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    try put(values.map(field))
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated {
      try put([Self.quoted("# " + truncationNotice)] + Array(repeating: "", count: max(0, columnCount - 1)))
    }
    try sink.flush()
  }

  private func put(_ fields: [String]) throws(ReportError) {
    try sink.put(fields.joined(separator: ","))
    try sink.put("\r\n")
  }

  private func field(_ value: SQLValue) -> String {
    guard case .text(let text) = value else { return value.plainText }
    if text.isEmpty { return "\"\"" }
    if isRaw { return Self.quoted(text) }
    let visible = VisibleText.escaped(text)
    return Self.quoted(Self.startsFormula(text) ? "'" + visible : visible)
  }

  /// Whether a spreadsheet would take a text for a formula, the full-width forms of the signs included.
  private static func startsFormula(_ text: String) -> Bool {
    switch text.unicodeScalars.first {
    case "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}": true
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 10 || byte == 13
    }
    guard needsQuotes || text.utf8.first == 0x20 || text.utf8.last == 0x20 else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
