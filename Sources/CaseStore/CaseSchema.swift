import Foundation

/// The schema of case databases as this version of the program writes it.
enum CaseSchema {
  /// `application_id` of a case: the letters `FCAS`.
  static let applicationID: Int64 = 0x4643_4153
  /// `user_version` of a case.
  static let version: Int64 = 5
  /// The oldest version that `upgrade` brings to this one.
  private static let oldestUpgradable: Int64 = 1

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
        "the case '\(path)' has version \(found) and this program reads version \(version): "
          + "bring it up with 'flowcase upgrade', which changes the file (keep a copy), or use the flowcase that wrote it"
      )
    }
    return true
  }

  /// Creates the tables and views in an empty database, all or nothing.
  static func create(in connection: Connection) throws(StoreError) {
    try connection.execute(
      script: """
        BEGIN IMMEDIATE;
        \(migrations.map(\.tables).joined(separator: "\n"))
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        COMMIT;
        """)
  }

  /// Creates the indexes that are built when a run finishes.
  static func createIndexes(in connection: Connection) throws(StoreError) {
    let indexes = migrations.map(\.indexes).joined(separator: "\n")
    try connection.execute(script: "BEGIN IMMEDIATE;\n\(indexes)\nCOMMIT;")
  }

  /// Brings a case of an older version to this one, all or nothing.
  ///
  /// - Returns: the version it had; this one when there was nothing to do.
  /// - Throws: `StoreError` with code `notACase`, `newerVersion`, or `olderVersion` when it is too old.
  static func upgrade(_ connection: Connection) throws(StoreError) -> Int64 {
    let found = try connection.integer("PRAGMA user_version") ?? 0
    guard found != version else { return found }
    guard try connection.integer("PRAGMA application_id") == applicationID, found >= oldestUpgradable, found < version
    else {
      // One of its errors names what is wrong.
      _ = try isCase(connection)
      return found
    }
    let steps = migrations[Int(found)...].map(\.tables).joined(separator: "\n")
    do {
      try connection.execute(script: "BEGIN IMMEDIATE;\n\(steps)\nPRAGMA user_version = \(version);\nCOMMIT;")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
    return found
  }

  /// The texts of `schemas/case-1.sql` and those after it, each cut where its indexes begin.
  private static var migrations: [(tables: String, indexes: String)] {
    [
      PackageResources.case_1_sql, PackageResources.case_2_sql, PackageResources.case_3_sql,
      PackageResources.case_4_sql, PackageResources.case_5_sql,
    ].map { file in
      let lines = String(decoding: file, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      let cut = lines.firstIndex { $0.hasPrefix("-- @indexes") } ?? lines.endIndex
      return (lines[..<cut].joined(separator: "\n"), lines[cut...].joined(separator: "\n"))
    }
  }
}
