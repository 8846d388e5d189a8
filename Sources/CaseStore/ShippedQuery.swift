/// A question with an answer ready, from `schemas/queries.sql`.
package struct ShippedQuery: Sendable, Equatable {
  package var name: String
  /// What it answers, in one line.
  package var title: String
  package var sql: String

  /// Names of the values it asks for, in the order in which they first occur.
  package var parameters: [String] {
    var names: [String] = []
    for piece in sql.split(separator: ":", omittingEmptySubsequences: false).dropFirst() {
      let name = String(piece.prefix { $0.isLetter || $0 == "_" })
      if !name.isEmpty, !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// All of them, in the order of the file.
  package static let all: [ShippedQuery] = parse(String(decoding: PackageResources.queries_sql, as: UTF8.self))

  package static func named(_ name: String) -> ShippedQuery? { all.first { $0.name == name } }

  private static func parse(_ text: String) -> [ShippedQuery] {
    var queries: [ShippedQuery] = []
    for paragraph in text.split(separator: "\n\n") {
      let lines = paragraph.split(separator: "\n")
      guard let head = lines.first, head.hasPrefix("-- "), let colon = head.firstRange(of: ": "), lines.count > 1,
        !lines[1].hasPrefix("--")
      else { continue }
      queries.append(
        ShippedQuery(
          name: String(head[..<colon.lowerBound].dropFirst(3)), title: String(head[colon.upperBound...]),
          sql: lines.dropFirst().joined(separator: "\n")))
    }
    return queries
  }
}
