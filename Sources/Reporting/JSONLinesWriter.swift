import Records

/// One JSON object a line, its members in the order of the columns.
///
/// Numbers are numbers, blobs hexadecimal strings, and columns that hold JSON are written as what they hold.
struct JSONLinesWriter: RowWriter {
  let sink: TextSink
  private var names: [[UInt8]] = []
  private var holdsJSON: [Bool] = []
  /// The line that is being put together, used again for each.
  private var line: [UInt8] = []
  /// Columns of the case that hold JSON.
  private static let jsonColumns: Set<String> = [
    "probabilities", "attention", "link_types", "arguments", "environment", "settings", "metadata", "detail",
  ]

  init(sink: TextSink) { self.sink = sink }

  mutating func begin(columns: [String]) throws(ReportError) {
    var taken: [String: Int] = [:]
    names = columns.map { column in
      let count = taken[column, default: 0] + 1
      taken[column] = count
      // An object cannot hold one name twice; SQL can answer with columns of the same name.
      return Array("\(Self.string(count == 1 ? column : "\(column)_\(count)")):".utf8)
    }
    holdsJSON = columns.map(Self.jsonColumns.contains)
  }

  mutating func row(_ values: [SQLValue]) throws(ReportError) {
    line.removeAll(keepingCapacity: true)
    line.append(UInt8(ascii: "{"))
    for (index, value) in values.enumerated() where names.indices.contains(index) {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      line.append(contentsOf: names[index])
      put(value, holdsJSON: holdsJSON[index])
    }
    line.append(UInt8(ascii: "}"))
    line.append(10)
    try sink.put(line)
  }

  mutating func end(isTruncated: Bool) throws(ReportError) {
    if isTruncated { try sink.put("{\"truncated\":true}\n") }
    try sink.flush()
  }

  private mutating func put(_ value: SQLValue, holdsJSON: Bool) {
    switch value {
    case .null: line.append(contentsOf: "null".utf8)
    case .integer(let value): line.append(contentsOf: String(value).utf8)
    case .real(let value): line.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    // Anyone may name a column of a query so, hence the look at what it holds.
    case .text(let value) where holdsJSON && JSONSyntax.isContainer(value): line.append(contentsOf: value.utf8)
    case .text(let value): put(value)
    case .blob: put(value.plainText)
    }
  }

  private mutating func put(_ text: String) {
    guard VisibleText.isPlain(text) else { return line.append(contentsOf: Self.string(text).utf8) }
    line.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { line.append(UInt8(ascii: "\\")) }
      line.append(byte)
    }
    line.append(UInt8(ascii: "\""))
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
