import GRDB
package import Records

/// Reads a case without changing it.
package final class CaseReader {
  private let queue: DatabaseQueue
  private let path: String

  /// - Throws: when the file is missing, is no case, or has a version this program does not know.
  package init(path: String) throws(StoreError) {
    self.path = path
    queue = try StoreError.wrap("open the case '\(path)'") {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(5)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.read { try CaseSchema.check($0, path: path) }
      return queue
    }
  }

  /// Runs one SELECT and hands out its rows as they come.
  ///
  /// - Parameters:
  ///   - columns: called once, before the first row.
  ///   - row: called for each row; what it throws ends the query.
  /// - Throws: `StoreError` with SQLite's words; `notReadOnly` for anything but one statement that reads.
  package func query(
    _ sql: String, columns: ([String]) throws -> Void, row: ([SQLValue]) throws -> Void
  ) throws(StoreError) {
    try StoreError.wrap("answer the query on '\(path)'") {
      try queue.read { db in
        let statement = try Self.readingStatement(db, sql)
        try columns(Array(statement.columnNames))
        let cursor = try Row.fetchCursor(statement)
        while let values = try cursor.next() { try row(values.map { Self.value($0.1) }) }
      }
    }
  }

  private static func readingStatement(_ db: Database, _ sql: String) throws -> Statement {
    let all = try db.allStatements(literal: SQL(sql: sql))
    guard let statement = try all.next(), try all.next() == nil else {
      throw StoreError(.notReadOnly, "give one SQL statement, no more and no less")
    }
    let first = sql.drop { $0.isWhitespace || $0 == "(" }.prefix(7).uppercased()
    guard statement.isReadonly, ["SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"].contains(where: first.hasPrefix)
    else {
      throw StoreError(.notReadOnly, "the query would change the case; a case is only ever read here")
    }
    return statement
  }

  private static func value(_ value: DatabaseValue) -> SQLValue {
    switch value.storage {
    case .null: .null
    case .int64(let integer): .integer(integer)
    case .double(let real): .real(real)
    case .string(let text): .text(text)
    case .blob(let data): .blob(Array(data))
    }
  }
}
