import Records

/// One JSON object a line, its members in the order of the columns.
///
/// Numbers are numbers, blobs hexadecimal strings, and columns that hold JSON are written as what they hold.
struct JSONLinesWriter: RowWriter {
  let sink: TextSink
  private var names: [String] = []
  private var holdsJSON: [Bool] = []
  /// Columns of the case that hold JSON.
  private static let jsonColumns: Set<String> = [
    "probabilities", "attention", "link_types", "arguments", "environment", "metadata", "detail",
  ]

  init(sink: TextSink) { self.sink = sink }

  mutating func begin(columns: [String]) throws(ReportError) {
    var taken: [String: Int] = [:]
    names = columns.map { column in
      let count = taken[column, default: 0] + 1
      taken[column] = count
      // An object cannot hold one name twice; SQL can answer with columns of the same name.
      return Self.string(count == 1 ? column : "\(column)_\(count)") + ":"
    }
    holdsJSON = columns.map(Self.jsonColumns.contains)
  }

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    var line = "{"
    for (index, value) in values.enumerated() where names.indices.contains(index) {
      if index > 0 { line += "," }
      line += names[index]
      line += Self.json(value, holdsJSON: holdsJSON[index])
    }
    line += "}\n"
    try sink.put(line)
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated { try sink.put("{\"truncated\":true}\n") }
    try sink.flush()
  }

  private static func json(_ value: SQLValue, holdsJSON: Bool) -> String {
    switch value {
    case .null: "null"
    case .integer(let value): String(value)
    case .real(let value): value.isFinite ? value.description : "null"
    // Anyone may name a column of a query so, hence the look at what it holds.
    case .text(let value) where holdsJSON && JSONSyntax.isContainer(value): value
    case .text(let value): string(value)
    case .blob: "\"\(value.plainText)\""
    }
  }

  /// A JSON string. All that is invisible is escaped, which loses nothing.
  static func string(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where VisibleText.isInvisible(scalar): quoted += VisibleText.escape(scalar)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
