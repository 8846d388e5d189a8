import GRDB

/// The case's audit trail: each entry's digest covers the digest of the one before it, so that an entry changed or
/// taken out later shows.
struct AuditTrail: Sendable {
  let hash: @Sendable ([UInt8]) -> String

  /// - Parameter detail: a JSON object.
  func append(_ db: Database, at time: String, event: String, detail: String) throws {
    let last = try Row.fetchOne(db, sql: "SELECT sequence, entry_sha256 FROM audit ORDER BY sequence DESC LIMIT 1")
    let sequence: Int64 = (last?["sequence"] ?? 0) + 1
    let previous: String = last?["entry_sha256"] ?? String(repeating: "0", count: 64)
    let entry = [previous, String(sequence), time, event, detail].joined(separator: "\n")
    try db.execute(
      sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [sequence, time, event, detail, previous, hash(Array(entry.utf8))])
  }
}
