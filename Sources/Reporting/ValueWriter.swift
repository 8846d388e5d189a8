import Records

/// Plain values for scripts: a line for each row, its cells apart by tabs, without header, padding or quotes.
///
/// Null is nothing. Unless raw, control characters in a text are escaped as `\u0009`, so that each row has one line and as many
/// tabs as it must; raw texts may have tabs and line ends of their own.
struct ValueWriter: RowWriter {
  let sink: TextSink
  let isRaw: Bool

  mutating func begin(columns: [String]) throws(ReportError) {}

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    for (index, value) in values.enumerated() {
      if index > 0 { try sink.put("\t") }
      try sink.put(isRaw ? value.plainText : VisibleText.escaped(value.plainText))
    }
    try sink.put("\n")
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated { try sink.put("# \(truncationNotice)\n") }
    try sink.flush()
  }
}
