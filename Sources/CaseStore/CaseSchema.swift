import Foundation

/// The schema of case databases as this version of the program writes it.
enum CaseSchema {
  /// `application_id` of a case: the letters `FCAS`.
  static let applicationID: Int64 = 0x4643_4153
  /// `user_version` of a case.
  static let version: Int64 = 1

  /// Looks at the first bytes of a file before SQLite does: opening some other program's database could change it.
  ///
  /// - Returns: whether there is anything in the file; an absent or empty one may become a case.
  /// - Throws: `StoreError` with code `notACase`, or `cannotOpen` when the file cannot be read.
  static func isPresent(at path: String) throws(StoreError) -> Bool {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return false }
    let kind = attributes[.type] as? FileAttributeType
    guard kind == .typeRegular || kind == .typeSymbolicLink, let file = FileHandle(forReadingAtPath: path) else {
      throw StoreError(.cannotOpen, "cannot open the case '\(path)': it is no file that can be read")
    }
    defer { try? file.close() }
    let header = (try? file.read(upToCount: 100)).map { [UInt8]($0) } ?? []
    if header.isEmpty { return false }
    let isDatabase = header.count == 100 && header.starts(with: Array("SQLite format 3\0".utf8))
    let application = isDatabase ? header[68..<72].reduce(Int64(0)) { $0 << 8 | Int64($1) } : 0
    guard application == applicationID else {
      let what = isDatabase ? "a database of some other program" : "some other file"
      throw StoreError(.notACase, "'\(path)' is not a case but \(what): choose another name")
    }
    return true
  }

  /// Checks the marks of an open database.
  ///
  /// - Returns: whether it is a case of this version; not so for a database whose creation was cut short.
  /// - Throws: `StoreError` with code `notACase`, `newerVersion` or `olderVersion`.
  static func isCase(_ connection: Connection) throws(StoreError) -> Bool {
    let path = connection.path
    let application = try connection.integer("PRAGMA application_id") ?? 0
    let found = try connection.integer("PRAGMA user_version") ?? 0
    if application == 0, found == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 { return false }
    guard application == applicationID else {
      throw StoreError(.notACase, "'\(path)' is not a case but a database of some other program: choose another name")
    }
    guard found <= version else {
      throw StoreError(
        .newerVersion,
        "the case '\(path)' has version \(found) and this program knows versions up to \(version): "
          + "use a newer flowcase")
    }
    guard found >= version else {
      throw StoreError(
        .olderVersion,
        "the case '\(path)' has version \(found) and this program continues only version \(version): "
          + "scan again into a new case, or use the flowcase that wrote it")
    }
    return true
  }

  /// Creates the tables and views in an empty database, all or nothing.
  static func create(in connection: Connection) throws(StoreError) {
    try connection.execute(
      script: """
        BEGIN IMMEDIATE;
        \(parts.tables)
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        COMMIT;
        """)
  }

  /// Creates the indexes that are built when a run finishes.
  static func createIndexes(in connection: Connection) throws(StoreError) {
    try connection.execute(script: "BEGIN IMMEDIATE;\n\(parts.indexes)\nCOMMIT;")
  }

  /// The text of `schemas/case-1.sql`, cut where the indexes begin.
  private static var parts: (tables: String, indexes: String) {
    let lines = String(decoding: PackageResources.case_1_sql, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let cut = lines.firstIndex { $0.hasPrefix("-- @indexes") } ?? lines.endIndex
    return (lines[..<cut].joined(separator: "\n"), lines[cut...].joined(separator: "\n"))
  }
}
