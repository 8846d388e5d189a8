/// What `schemas/case.md` says of the tables and views of a case.
package struct SchemaPage: Sendable {
  package struct Table: Sendable {
    package var name: String
    /// What its rows are: the first sentence of its text.
    package var summary: String
    /// Its columns in their order, each with its meaning and unit.
    package var columns: [(name: String, meaning: String)]
  }

  package let tables: [Table]

  package static let current = SchemaPage(String(decoding: PackageResources.case_md, as: UTF8.self))

  private init(_ text: String) {
    var tables: [Table] = []
    var isOpen = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") { isOpen = false }
      if line.hasPrefix("### `") {
        tables.append(Table(name: line.dropFirst(5).prefix { $0 != "`" }.description, summary: "", columns: []))
        isOpen = true
      } else if isOpen, line.hasPrefix("| `") {
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { Self.plain($0) }
        guard cells.count > 3 else { continue }
        tables[tables.count - 1].columns.append((cells[1], "\(cells[2]) (\(cells[3]))"))
      } else if isOpen, tables[tables.count - 1].summary.isEmpty, !line.hasPrefix("|") {
        let sentence = line.firstRange(of: ". ").map { line[..<$0.lowerBound] + "." } ?? line
        tables[tables.count - 1].summary = Self.plain(sentence)
      }
    }
    self.tables = tables
  }

  /// The text without marks of Markdown.
  private static func plain(_ text: Substring) -> String {
    var plain = ""
    var rest = text[...]
    while let first = rest.first {
      if first == "[", let end = rest.firstRange(of: "]("), let close = rest[end.upperBound...].firstIndex(of: ")") {
        plain += rest[rest.index(after: rest.startIndex)..<end.lowerBound]
        rest = rest[rest.index(after: close)...]
        continue
      }
      if first != "`" && first != "*" { plain.append(first) }
      rest = rest.dropFirst()
    }
    while plain.first == " " { plain.removeFirst() }
    while plain.last == " " { plain.removeLast() }
    return plain
  }
}
