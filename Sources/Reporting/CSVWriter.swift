import Records

/// Comma-separated values as RFC 4180 has them, with a header line; where asked for, lines end in LF alone.
///
/// Null is an empty field and an empty text is `""`. Unless raw, a text that a spreadsheet would run as a formula gets an
/// apostrophe in front (CWE-1236), and control characters are escaped.
struct CSVWriter: RowWriter {
  let sink: TextSink
  let isRaw: Bool
  let endsLinesInLF: Bool
  private var columnCount = 0
  /// The line that is being put together, used again for each.
  private var line: [UInt8] = []

  init(sink: TextSink, isRaw: Bool, endsLinesInLF: Bool = false) {
    self.sink = sink
    self.isRaw = isRaw
    self.endsLinesInLF = endsLinesInLF
  }

  mutating func begin(columns: [String]) throws(ReportError) {
    columnCount = columns.count
    try row(columns.map { .text($0) })
  }

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    line.removeAll(keepingCapacity: true)
    for (index, value) in values.enumerated() {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      put(value)
    }
    try endLine()
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated {
      line = Array("# \(truncationNotice)".utf8) + Array(repeating: UInt8(ascii: ","), count: max(0, columnCount - 1))
      try endLine()
    }
    try sink.flush()
  }

  private mutating func endLine() throws(ReportError) {
    if !endsLinesInLF { line.append(13) }
    line.append(10)
    try sink.put(line)
  }

  private mutating func put(_ value: SQLValue) {
    guard case .text(let text) = value else { return line.append(contentsOf: value.plainText.utf8) }
    if isRaw { return putQuoted(text) }
    let visible = VisibleText.escaped(text)
    putQuoted(Self.startsFormula(text) ? "'" + visible : visible)
  }

  /// Whether a spreadsheet would take a text for a formula, the full-width forms of the signs included.
  private static func startsFormula(_ text: String) -> Bool {
    switch text.unicodeScalars.first {
    case "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}": true
    default: false
    }
  }

  private mutating func putQuoted(_ text: String) {
    let start = line.count
    line.append(contentsOf: text.utf8)
    let needsQuotes = line[start...].contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 10 || byte == 13
    }
    guard needsQuotes || text.isEmpty || line[start] == 0x20 || line.last == 0x20 else { return }
    line.removeSubrange(start...)
    line.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { line.append(byte) }
      line.append(byte)
    }
    line.append(UInt8(ascii: "\""))
  }
}
