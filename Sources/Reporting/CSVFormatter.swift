import Records

/// Comma-separated values after RFC 4180: a header, CRLF, quotes where needed.
///
/// Unless it is raw, text that a spreadsheet would take for a formula gets an apostrophe in front, and control characters
/// are escaped.
struct CSVFormatter: RowFormatter {
  let isRaw: Bool
  let sink: TextSink

  mutating func begin(_ columns: [String]) throws { try sink(line(columns.map { SQLValue.text($0) })) }
  mutating func row(_ values: [SQLValue]) throws { try sink(line(values)) }
  mutating func end() throws {}

  private func line(_ values: [SQLValue]) -> String { values.map(field).joined(separator: ",") + "\r\n" }

  private func field(_ value: SQLValue) -> String {
    switch value {
    case .null: return ""
    case .integer(let integer): return String(integer)
    case .real(let real): return NumberText.text(real)
    case .blob(let bytes): return NumberText.hex(bytes)
    case .text(let text): return quoted(isRaw ? text : guarded(text))
    }
  }

  private func guarded(_ text: String) -> String {
    let safe = SafeText.escaped(text)
    guard let first = safe.first, "=+-@\t\r".contains(first) else { return safe }
    return "'" + safe
  }

  private func quoted(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

/// Numbers and bytes as text, the same on every machine.
enum NumberText {
  /// The shortest decimal that reads back as the same number; `NaN` and infinities, which are no numbers, as nothing.
  static func text(_ number: Double) -> String {
    guard number.isFinite else { return "" }
    return number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
