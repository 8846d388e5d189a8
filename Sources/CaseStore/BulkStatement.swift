import GRDB
import GRDBSQLite

/// A prepared statement bound and stepped without GRDB's conversions, which cost more than the insert itself.
/// The only file that calls SQLite directly.
@safe final class BulkStatement {
  private let handle: OpaquePointer?
  private let connection: OpaquePointer?

  init(_ db: Database, _ sql: String) throws {
    var handle: OpaquePointer?
    let connection = unsafe db.sqliteConnection
    let result = unsafe sqlite3_prepare_v2(connection, sql, -1, &handle, nil)
    guard result == SQLITE_OK else { throw unsafe Self.error(result, connection) }
    unsafe self.handle = handle
    unsafe self.connection = connection
  }

  deinit { unsafe sqlite3_finalize(handle) }

  func bind(_ index: Int32, _ value: Int) { unsafe sqlite3_bind_int64(handle, index, Int64(value)) }
  func bind(_ index: Int32, _ value: Int64) { unsafe sqlite3_bind_int64(handle, index, value) }
  func bind(_ index: Int32, _ value: Double) { unsafe sqlite3_bind_double(handle, index, value) }

  /// `nil` becomes NULL.
  func bind(_ index: Int32, _ value: String?) {
    guard var text = value else {
      unsafe sqlite3_bind_null(handle, index)
      return
    }
    // SQLite copies the bytes (SQLITE_TRANSIENT, which is a macro Swift cannot see).
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        // An empty string has no address, and a null address would store NULL.
        guard let base = characters.baseAddress else {
          unsafe sqlite3_bind_text(handle, index, "", 0, transient)
          return
        }
        unsafe sqlite3_bind_text(handle, index, base, Int32(characters.count), transient)
      }
    }
  }

  /// Runs the statement once and makes it ready for the next row.
  func run() throws {
    let result = unsafe sqlite3_step(handle)
    unsafe sqlite3_reset(handle)
    guard result == SQLITE_DONE || result == SQLITE_ROW else { throw unsafe Self.error(result, connection) }
  }

  private static func error(_ code: Int32, _ connection: OpaquePointer?) -> DatabaseError {
    DatabaseError(resultCode: ResultCode(rawValue: code), message: unsafe String(cString: sqlite3_errmsg(connection)))
  }
}
