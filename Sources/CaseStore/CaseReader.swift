import Foundation
package import Records

/// Asks a case questions and changes nothing about it. It belongs to the thread that made it.
package final class CaseReader {
  private let connection: Connection

  /// Opens a case for reading, also while a scan writes to it or after one was killed.
  ///
  /// - Throws: `StoreError` with code `cannotOpen`, `notACase`, `newerVersion`, `olderVersion`; or `readOnly` when a killed
  ///   scan has left a write-ahead log on media where it cannot be read.
  package init(path: String) throws(StoreError) { connection = try Self.connection(to: path) }

  /// A connection that only reads, to a file that is a case.
  static func connection(to path: String) throws(StoreError) -> Connection {
    guard try CaseSchema.isPresent(at: path) else {
      throw StoreError(.cannotOpen, "there is no case at '\(path)': check the name, or make one with 'flowcase scan'")
    }
    let connection = try connect(path)
    guard try CaseSchema.isCase(connection) else {
      throw StoreError(.notACase, "there is nothing in the case '\(path)' yet: scan evidence into it")
    }
    connection.forbidAttaching()
    return connection
  }

  /// A case in write-ahead mode needs files beside it. Where those cannot be made, it can be read all the same unless there
  /// are rows that are only in its log.
  private static func connect(_ path: String) throws(StoreError) -> Connection {
    do {
      let connection = try Connection(path: path, access: .readOnly)
      _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
      return connection
    } catch  where error.code == .cannotOpen || error.code == .readOnly {
      let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
      guard (log?[.size] as? Int ?? 0) == 0 else {
        throw StoreError(
          .readOnly,
          "the case '\(path)' was left by a scan that did not finish, and what it wrote last cannot be read here: "
            + "copy it together with '\(path)-wal' to a place that can be written to")
      }
      return try Connection(path: path, access: .immutable)
    }
  }

  /// Answers one statement, row by row as SQLite finds them.
  ///
  /// - Parameters:
  ///   - sql: one statement that reads.
  ///   - arguments: values for its parameters, in their order.
  ///   - begin: is called once with the names of the columns, also when there are no rows.
  ///   - row: is called for each row.
  /// - Throws: `StoreError` with code `badQuery` and SQLite's message, or `refusedQuery` for what does not only read;
  ///   and whatever `begin` and `row` throw.
  package func query(
    _ sql: String, arguments: [SQLValue] = [], begin: ([String]) throws -> Void, row: ([SQLValue]) throws -> Void
  ) throws {
    let statement = try prepare(sql)
    for argument in arguments { statement.bind(argument) }
    try begin(statement.columns)
    while try statement.step() { try row(statement.row()) }
  }

  /// The whole answer to one statement, for answers known to be short.
  ///
  /// - Throws: `StoreError` as `query` does.
  package func rows(_ sql: String, _ arguments: [SQLValue] = []) throws(StoreError) -> [[SQLValue]] {
    let statement = try prepare(sql)
    for argument in arguments { statement.bind(argument) }
    var rows: [[SQLValue]] = []
    while try statement.step() { rows.append(statement.row()) }
    return rows
  }

  /// The answer to a question whose parameters have names.
  ///
  /// - Parameter parameters: their values, without the colon.
  /// - Throws: as `query(_:arguments:begin:row:)`, and `badQuery` where one is missing or there is none of that name.
  package func query(
    _ sql: String, parameters: [String: String], begin: ([String]) throws -> Void, row: ([SQLValue]) throws -> Void
  ) throws {
    let names = try prepare(sql).parameterNames
    if let unknown = parameters.keys.sorted().first(where: { !names.contains($0) }) {
      throw StoreError(
        .badQuery,
        "the query has no parameter '\(unknown)'\(names.isEmpty ? "" : "; it has \(names.joined(separator: ", "))")")
    }
    let values = try names.map { name throws(StoreError) in
      guard let value = parameters[name] else {
        throw StoreError(.badQuery, "the query asks for '\(name)': give it with --param \(name)=VALUE")
      }
      return SQLValue.text(value)
    }
    try query(sql, arguments: values, begin: begin, row: row)
  }

  /// Looks for the first entry of the audit chain that does not fit the ones before it.
  ///
  /// - Parameter hash: the SHA-256 of some bytes as 64 lower-case hexadecimal digits.
  /// - Returns: its number; `nil` when the chain is whole.
  package func firstBreakInAudit(hash: ([UInt8]) -> String) throws(StoreError) -> Int64? {
    let statement = try connection.prepare(
      "SELECT seq, time, event, detail, previous_sha256, entry_sha256 FROM audit ORDER BY seq")
    var previous = AuditChain.origin
    var expected: Int64 = 1
    while try statement.step() {
      let row = statement.row()
      guard case .integer(let sequence) = row[0], case .text(let time) = row[1], case .text(let event) = row[2],
        case .text(let detail) = row[3], case .text(let before) = row[4], case .text(let digest) = row[5],
        sequence == expected, before == previous,
        digest == hash(AuditChain.content(before, sequence, time, event, detail))
      else { return expected }
      previous = digest
      expected += 1
    }
    return nil
  }

  private func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
    guard let (statement, isFollowed) = try connection.prepareFirst(sql) else {
      throw StoreError(.badQuery, "there is no SQL statement to run: give one, such as 'SELECT * FROM label_summary'")
    }
    guard !isFollowed else {
      throw StoreError(
        .refusedQuery, "only one SQL statement can be run at a time: give the others in calls of their own")
    }
    // SQLite calls ATTACH, BEGIN and their like read-only; what they have in common is that they give no columns.
    guard statement.isReadOnly, !statement.columns.isEmpty else {
      throw StoreError(.refusedQuery, "a case is only read here, and this SQL statement does not: use SELECT")
    }
    return statement
  }
}
