import Records

/// The append-only log of a case: each entry holds the hash of the one before it, so that a change shows.
///
/// The hash of an entry is taken over five texts joined by line feeds: the hash of the entry before, the sequence number,
/// the time, the event and the detail.
package enum AuditChain {
  /// What stands for the entry before the first.
  static let origin = String(repeating: "0", count: 64)

  /// Adds an entry. The time is the clock's: when something was done to a case is not known from the evidence.
  static func append(
    _ event: String, _ detail: [String: String], to connection: Connection, hash: ([UInt8]) -> String
  ) throws(StoreError) {
    let last = try connection.row("SELECT seq, entry_sha256 FROM audit ORDER BY seq DESC LIMIT 1")
    var sequence: Int64 = 1
    var previous = origin
    if case .integer(let number)? = last?.first, case .text(let digest)? = last?.last {
      sequence = number + 1
      previous = digest
    }
    guard case .text(let time)? = try connection.row("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")?.first else {
      return
    }
    let detail = JSONText.object(detail)
    let digest = hash(content(previous, sequence, time, event, detail))
    try connection.execute(
      "INSERT INTO audit (seq, time, event, detail, previous_sha256, entry_sha256) VALUES (?, ?, ?, ?, ?, ?)",
      [.integer(sequence), .text(time), .text(event), .text(detail), .text(previous), .text(digest)])
  }

  /// The bytes whose hash an entry keeps.
  static func content(_ previous: String, _ sequence: Int64, _ time: String, _ event: String, _ detail: String)
    -> [UInt8]
  {
    Array([previous, String(sequence), time, event, detail].joined(separator: "\n").utf8)
  }
}
