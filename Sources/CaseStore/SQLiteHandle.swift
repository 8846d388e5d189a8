import GRDB
import GRDBSQLite
import Records

// The only file that touches SQLite's C interface. GRDB opens and closes the connection; statements are prepared here,
// because a prepared statement without GRDB's observation writes rows almost three times as fast.

/// The C connection under a GRDB database. It stays valid while that database is open.
///
/// The connection may be used by one thread at a time: its owners are not `Sendable`.
@safe
struct SQLiteHandle {
  private let connection: OpaquePointer
  let path: String

  /// - Throws: `StoreError` when the database has been closed.
  init(_ database: Database, path: String) throws(StoreError) {
    guard let connection = unsafe database.sqliteConnection else {
      throw StoreError(.misuse, "the case '\(path)' is closed")
    }
    unsafe self.connection = connection
    self.path = path
    // GRDB watches transactions through these hooks and stops the program at one that it has not begun itself.
    _ = unsafe sqlite3_commit_hook(connection, nil, nil)
    _ = unsafe sqlite3_rollback_hook(connection, nil, nil)
    // Its authorizer notes which columns each statement touches; that cost more than preparing the statement.
    _ = unsafe sqlite3_set_authorizer(connection, nil, nil)
  }

  /// What SQLite says about the last call that failed.
  var failure: StoreError {
    unsafe StoreError(
      result: sqlite3_extended_errcode(connection), text: String(cString: sqlite3_errmsg(connection)), path: path)
  }

  var isInTransaction: Bool { unsafe sqlite3_get_autocommit(connection) == 0 }

  /// Rows changed by the last statement that inserts, updates or deletes.
  var changedRows: Int { unsafe Int(sqlite3_changes64(connection)) }

  /// Makes `ATTACH` fail on this connection.
  func forbidAttaching() { _ = unsafe sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0) }

  /// Runs a text of several statements that give no rows anyone needs.
  func execute(script: String) throws(StoreError) {
    guard unsafe sqlite3_exec(connection, script, nil, nil, nil) == SQLITE_OK else { throw failure }
  }

  /// Prepares the first statement of a text.
  ///
  /// - Returns: the statement and whether another one follows it; `nil` when the text holds none.
  /// - Throws: `StoreError` with SQLite's message when the text cannot be understood.
  func prepare(_ sql: String) throws(StoreError) -> (statement: SQLiteStatement, isFollowed: Bool)? {
    var first: OpaquePointer?
    var isFollowed = false
    let result = unsafe sql.withCString { text -> Int32 in
      var tail: UnsafePointer<CChar>?
      let result = unsafe sqlite3_prepare_v3(connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &first, &tail)
      guard result == SQLITE_OK, let rest = unsafe tail, unsafe first != nil else { return result }
      // A comment or blank after the statement prepares to nothing; anything else, right or wrong, is a second one.
      var second: OpaquePointer?
      isFollowed = unsafe sqlite3_prepare_v3(connection, rest, -1, 0, &second, nil) != SQLITE_OK || second != nil
      unsafe sqlite3_finalize(second)
      return result
    }
    guard result == SQLITE_OK else { throw failure }
    guard let statement = unsafe first else { return nil }
    return (unsafe SQLiteStatement(statement, of: self), isFollowed)
  }
}

/// A prepared statement: values are bound from the first parameter on, then it is run or stepped through.
@safe
final class SQLiteStatement {
  private let statement: OpaquePointer
  private let handle: SQLiteHandle
  private var bound: Int32 = 0
  private var bindingResult = SQLITE_OK
  /// Tells SQLite to copy what is bound (`SQLITE_TRANSIENT`, a macro that Swift does not see).
  private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  fileprivate init(_ statement: OpaquePointer, of handle: SQLiteHandle) {
    unsafe self.statement = statement
    self.handle = handle
  }

  deinit { unsafe sqlite3_finalize(statement) }

  var isReadOnly: Bool { unsafe sqlite3_stmt_readonly(statement) != 0 }

  /// Names of the result's columns; empty for a statement that gives no rows.
  var columns: [String] {
    let count = unsafe sqlite3_column_count(statement)
    return (0..<count).map { column in
      unsafe sqlite3_column_name(statement, column).map { unsafe String(cString: $0) } ?? ""
    }
  }

  /// Names of its parameters without their first sign, in the order in which they are bound.
  var parameterNames: [String] {
    let count = unsafe sqlite3_bind_parameter_count(statement)
    return (0..<count).map { index in
      let name = unsafe sqlite3_bind_parameter_name(statement, index + 1).map { unsafe String(cString: $0) } ?? ""
      return String(name.dropFirst())
    }
  }

  func bind(_ value: Int64) {
    bound += 1
    note(unsafe sqlite3_bind_int64(statement, bound, value))
  }

  func bind(_ value: Int) { bind(Int64(value)) }

  func bind(_ value: Double) {
    bound += 1
    note(unsafe sqlite3_bind_double(statement, bound, value))
  }

  func bindNull() {
    bound += 1
    note(unsafe sqlite3_bind_null(statement, bound))
  }

  /// Binds a text given as UTF-8.
  func bind(utf8 bytes: [UInt8]) {
    bound += 1
    note(
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe sqlite3_bind_text64(
          statement, bound, bytes.baseAddress ?? UnsafeRawPointer(statement), UInt64(bytes.count), Self.copied,
          UInt8(SQLITE_UTF8))
      })
  }

  /// Binds a text. NUL is written as `\x00`: SQLite's functions and shell end a text at the first NUL.
  func bind(_ value: String) {
    var text = value
    let isBound = text.withUTF8 { bytes -> Bool in
      if unsafe bytes.contains(0) { return false }
      bound += 1
      note(
        unsafe sqlite3_bind_text64(
          statement, bound, UnsafeRawPointer(bytes.baseAddress) ?? UnsafeRawPointer(statement), UInt64(bytes.count),
          Self.copied, UInt8(SQLITE_UTF8)))
      return true
    }
    if !isBound { bind(utf8: value.utf8.flatMap { $0 == 0 ? Array("\\x00".utf8) : [$0] }) }
  }

  func bind(_ value: String?) {
    if let value { bind(value) } else { bindNull() }
  }

  func bind(_ value: Int?) {
    if let value { bind(value) } else { bindNull() }
  }

  func bind(_ value: SQLValue) {
    switch value {
    case .null: bindNull()
    case .integer(let value): bind(value)
    case .real(let value): bind(value)
    case .text(let value): bind(value)
    case .blob(let value):
      bound += 1
      note(
        unsafe value.withUnsafeBytes { bytes in
          unsafe sqlite3_bind_blob64(
            statement, bound, bytes.baseAddress ?? UnsafeRawPointer(statement), UInt64(bytes.count), Self.copied)
        })
    }
  }

  /// Runs a statement that gives no rows and makes it ready for the next values.
  ///
  /// - Throws: `StoreError` for SQLite's reason; the statement is ready again all the same.
  func run() throws(StoreError) {
    while try step() {}
    reset()
  }

  /// Goes on to the next row.
  ///
  /// - Returns: whether there is one.
  /// - Throws: `StoreError` for SQLite's reason, after which the statement is reset.
  func step() throws(StoreError) -> Bool {
    let result = bindingResult == SQLITE_OK ? unsafe sqlite3_step(statement) : bindingResult
    switch result {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let failure = handle.failure
      reset()
      throw failure
    }
  }

  /// Makes the statement ready to be bound from its first parameter again.
  func reset() {
    unsafe sqlite3_reset(statement)
    bound = 0
    bindingResult = SQLITE_OK
  }

  /// The values of the row that `step` has reached.
  func row() -> [SQLValue] {
    let count = unsafe sqlite3_data_count(statement)
    return (0..<count).map { value(at: $0) }
  }

  private func value(at column: Int32) -> SQLValue {
    switch unsafe sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return unsafe .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: return unsafe .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT:
      guard let text = unsafe sqlite3_column_text(statement, column) else { return .text("") }
      let bytes = unsafe UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column)))
      return unsafe .text(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB:
      guard let blob = unsafe sqlite3_column_blob(statement, column) else { return .blob([]) }
      return unsafe .blob(
        [UInt8](UnsafeRawBufferPointer(start: blob, count: Int(sqlite3_column_bytes(statement, column)))))
    default: return .null
    }
  }

  private func note(_ result: Int32) {
    if result != SQLITE_OK { bindingResult = result }
  }
}
