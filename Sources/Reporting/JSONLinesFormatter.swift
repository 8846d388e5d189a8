import Records

/// One JSON object a line (jsonlines.org), in UTF-8, numbers as numbers. Columns that hold JSON are embedded as such.
struct JSONLinesFormatter: RowFormatter {
  let sink: TextSink
  private var keys: [String] = []
  private var holdsJSON: [Bool] = []

  /// Columns of the views whose text is JSON.
  private static let jsonColumns: Set<String> = ["probabilities", "attention", "link_types"]

  init(sink: @escaping TextSink) { self.sink = sink }

  mutating func begin(_ columns: [String]) throws {
    keys = columns.map(Self.quoted)
    holdsJSON = columns.map(Self.jsonColumns.contains)
  }

  mutating func row(_ values: [SQLValue]) throws {
    let members = values.indices.map { "\(keys[$0]):\(Self.value(values[$0], isJSON: holdsJSON[$0]))" }
    try sink("{" + members.joined(separator: ",") + "}\n")
  }

  mutating func end() throws {}

  private static func value(_ value: SQLValue, isJSON: Bool) -> String {
    switch value {
    case .null: return "null"
    case .integer(let integer): return String(integer)
    case .real(let real): return real.isFinite ? NumberText.text(real) : "null"
    case .blob(let bytes): return "\"\(NumberText.hex(bytes))\""
    case .text(let text):
      // SQLite's JSON functions wrote it; text that merely looks like JSON stays a string.
      let looksLikeJSON =
        isJSON && (text.hasPrefix("[") && text.hasSuffix("]") || text.hasPrefix("{") && text.hasSuffix("}"))
      return looksLikeJSON && !text.unicodeScalars.contains { $0.value < 0x20 } ? text : quoted(text)
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _
      where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value):
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
