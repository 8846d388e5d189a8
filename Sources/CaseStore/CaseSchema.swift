import GRDB
import Records

/// The schema, embedded from `schemas/`.
package enum CaseSchema {
  /// What `PRAGMA application_id` says of every case: "Flow".
  package static let applicationID: Int32 = 0x466C_6F77
  /// The version this program writes and reads.
  package static let version = 1

  package static var sql: String { String(decoding: PackageResources.case_1_sql, as: UTF8.self) }

  /// Creates the schema in an empty database; in any other, checks that it is a case of this version.
  static func prepare(_ db: Database, path: String) throws {
    if try isEmpty(db) {
      try db.execute(sql: sql)
      try fillProtocols(db)
    } else {
      try check(db, path: path)
    }
  }

  static func check(_ db: Database, path: String) throws {
    let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    guard application == applicationID else {
      throw StoreError(.notACase, "'\(path)' is a database, but no Flowcase case; name another file for the case")
    }
    let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    if found > version {
      throw StoreError(
        .version,
        "'\(path)' has schema version \(found) and this program knows versions up to \(version); open it with a newer Flowcase"
      )
    }
    if found < version {
      throw StoreError(.version, "'\(path)' has schema version \(found), which this program no longer writes")
    }
  }

  private static func isEmpty(_ db: Database) throws -> Bool {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
  }

  private static func fillProtocols(_ db: Database) throws {
    for number in UInt8.min...UInt8.max {
      let name = IPProtocol(rawValue: number).description
      if !name.hasPrefix("ip-") {
        try db.execute(sql: "INSERT INTO ip_protocol VALUES (?, ?)", arguments: [Int(number), name])
      }
    }
  }
}
