import GRDB
import Records

/// One open connection to a case, for the thread that owns it.
///
/// GRDB opens it, sets it up and closes it; statements go through `SQLiteHandle`.
final class Connection {
  let path: String
  private let queue: DatabaseQueue
  private let handle: SQLiteHandle
  /// The program's own statements, kept prepared: thousands of small captures run the same few.
  private var prepared: [String: SQLiteStatement] = [:]

  enum Access {
    case readWrite
    case readOnly
    /// For media that cannot be written to: SQLite neither locks the file nor looks for a journal.
    case immutable
  }

  /// - Throws: `StoreError` when the file cannot be opened or is no SQLite database.
  init(path: String, access: Access) throws(StoreError) {
    self.path = path
    var configuration = Configuration()
    configuration.readonly = access != .readWrite
    configuration.busyMode = .timeout(2)
    // A unit of work stays open over many calls.
    configuration.allowsUnsafeTransactions = true
    configuration.label = "flowcase.case"
    queue = try StoreError.translating(path) {
      try DatabaseQueue(path: Self.location(of: path, access), configuration: configuration)
    }
    let queue = queue
    handle = try StoreError.translating(path) { try queue.inDatabase { try SQLiteHandle($0, path: path) } }
  }

  /// How SQLite is told of a path: a name like `file:x` must not be taken for a URI.
  static func location(of path: String, _ access: Access) -> String {
    if access == .immutable {
      let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-".utf8)
      let escaped = path.utf8.map { byte in
        plain.contains(byte) ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      return "file:" + escaped.joined() + "?immutable=1"
    }
    return path.hasPrefix("/") ? path : "./" + path
  }

  var isInTransaction: Bool { handle.isInTransaction }
  var changedRows: Int { handle.changedRows }

  func forbidAttaching() { handle.forbidAttaching() }

  /// Prepares one statement of the program's own.
  func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
    guard let prepared = try handle.prepare(sql) else { throw StoreError(.misuse, "there is no statement in '\(sql)'") }
    return prepared.statement
  }

  /// Prepares a statement from outside and says whether more follows it; `nil` when the text is empty.
  func prepareFirst(_ sql: String) throws(StoreError) -> (statement: SQLiteStatement, isFollowed: Bool)? {
    try handle.prepare(sql)
  }

  func execute(_ sql: String, _ values: [SQLValue] = []) throws(StoreError) {
    let statement = try kept(sql)
    for value in values { statement.bind(value) }
    try statement.run()
  }

  /// A statement of the program's own that stays prepared; it is ready to be bound.
  func kept(_ sql: String) throws(StoreError) -> SQLiteStatement {
    if let known = prepared[sql] { return known }
    let statement = try prepare(sql)
    if prepared.count < 100 { prepared[sql] = statement }
    return statement
  }

  /// Runs a text of several statements.
  func execute(script sql: String) throws(StoreError) {
    try handle.execute(script: sql)
  }

  /// The first row of the answer.
  func row(_ sql: String, _ values: [SQLValue] = []) throws(StoreError) -> [SQLValue]? {
    let statement = try kept(sql)
    defer { statement.reset() }
    for value in values { statement.bind(value) }
    return try statement.step() ? statement.row() : nil
  }

  /// The first value of the answer as an integer.
  func integer(_ sql: String, _ values: [SQLValue] = []) throws(StoreError) -> Int64? {
    guard case .integer(let value)? = try row(sql, values)?.first else { return nil }
    return value
  }

  /// Lets an attached database go. Kept statements may name it, and are let go first.
  func detach(_ name: String) throws(StoreError) {
    prepared.removeAll()
    try execute("DETACH DATABASE \(name)")
    prepared.removeAll()
  }

  func close() throws(StoreError) {
    prepared.removeAll()
    let queue = queue
    try StoreError.translating(path) { try queue.close() }
  }
}
