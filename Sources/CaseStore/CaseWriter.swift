import Foundation
package import Records

/// The one writer of a case. It belongs to the thread that made it.
///
/// Rows are written in *units*: one top-level file with everything in it, or the files of a sequence, is one transaction, so
/// that a case never shows part of one. What a unit adds depends only on the units before it, never on work that was given up.
///
/// ## Topics
/// - Runs and models: `register(model:)`, `beginRun(_:)`, `finishRun(_:exitStatus:finishedAt:)`
/// - Units: `beginUnit(run:)`, `openEvidence(path:parent:)`, `append(_:evidence:model:)`, `discardFlows(of:)`,
///   `closeEvidence(_:as:duplicateOf:)`, `commitUnit()`, `abandonUnit()`
/// - The end: `finish()`
package final class CaseWriter {
  let connection: Connection
  let hash: @Sendable ([UInt8]) -> String
  private let lock: WriterLock
  /// Names of the models that were asked for.
  var names: [Int64: ModelNames] = [:]
  var unit: Unit?
  var bulk: BulkStatements

  /// Opens a case, or creates one where there is no file or an empty one.
  ///
  /// - Parameters:
  ///   - path: the case file.
  ///   - pageLimit: pages of 4096 bytes the case may grow to; `nil` for as many as the disk holds.
  ///   - hash: the SHA-256 of some bytes as 64 lower-case hexadecimal digits, for the audit chain.
  /// - Throws: `StoreError` with code `notACase`, `newerVersion`, `olderVersion`, `inUse`, `cannotOpen` or `readOnly`.
  package init(
    path: String, pageLimit: Int? = nil, hash: @escaping @Sendable ([UInt8]) -> String
  ) throws(StoreError) {
    self.hash = hash
    let isPresent = try CaseSchema.isPresent(at: path)
    if isPresent {
      lock = try WriterLock(path: path)
      connection = try Connection(path: path, access: .readWrite)
    } else {
      connection = try Connection(path: path, access: .readWrite)
      lock = try WriterLock(path: path)
    }
    if let pageLimit { _ = try connection.row("PRAGMA max_page_count = \(pageLimit)") }
    // 32 MB of pages: the default of 2 MB makes a long unit read back what it has just written.
    try connection.execute("PRAGMA cache_size = -32768")
    if try !CaseSchema.isCase(connection) {
      try CaseSchema.create(in: connection)
      try AuditChain.append("case_created", ["schema_version": "\(CaseSchema.version)"], to: connection, hash: hash)
    }
    // A committed unit survives the end of the process at once; after a power failure the last ones may be missing, whole.
    _ = try connection.row("PRAGMA journal_mode = WAL")
    try connection.execute("PRAGMA synchronous = NORMAL")
    // 64 MB between checkpoints: each waits for the disk, and thousands of small captures are as many small units.
    _ = try connection.row("PRAGMA wal_autocheckpoint = 16384")
    bulk = try BulkStatements(connection)
  }

  /// Registers a frozen model, or finds it where its digest is in the case already.
  ///
  /// - Returns: the model's number in this case. Models registered later have higher numbers.
  package func register(model: ModelRecord) throws(StoreError) -> Int64 {
    if let known = try connection.integer(
      "SELECT model_id FROM model WHERE sha256 = ?", [.text(model.sha256.description)])
    {
      return known
    }
    var id: Int64 = 0
    try transaction { () throws(StoreError) in
      id = (try connection.integer("SELECT max(model_id) FROM model") ?? 0) + 1
      try connection.execute(
        "INSERT INTO model (model_id, sha256, architecture, packet_count, threshold, metadata) VALUES (?, ?, ?, ?, ?, ?)",
        [
          .integer(id), .text(model.sha256.description), .text(model.architecture),
          .integer(Int64(model.packetCount)), .real(model.threshold), .text(model.metadataJSON),
        ])
      for (position, name) in model.classes.enumerated() {
        try connection.execute(
          "INSERT INTO model_class (model_id, position, name) VALUES (?, ?, ?)",
          [.integer(id), .integer(Int64(position)), .text(name)])
      }
      for (position, (name, place)) in zip(model.labels, model.classOfLabel).enumerated() {
        try connection.execute(
          "INSERT INTO model_label (model_id, position, name, class_position) VALUES (?, ?, ?, ?)",
          [.integer(id), .integer(Int64(position)), .text(name), .integer(Int64(place))])
      }
      try note(
        "model_registered",
        [
          "model_sha256": JSONText.string(model.sha256.description),
          "metadata_sha256": JSONText.string(hash(Array(model.metadataJSON.utf8))),
        ])
    }
    return id
  }

  /// Records the start of a run.
  ///
  /// - Returns: the run's number in this case.
  package func beginRun(_ run: RunRecord) throws(StoreError) -> Int64 {
    var id: Int64 = 0
    try transaction { () throws(StoreError) in
      id = (try connection.integer("SELECT max(run_id) FROM run") ?? 0) + 1
      let environment = JSONText.object(run.environment.mapValues(JSONText.string))
      let settings = JSONText.object(run.settings.mapValues(JSONText.string))
      try connection.execute(
        """
        INSERT INTO run (
          run_id, tool_version, arguments, host, environment, started_at, settings, examiner, case_number, notes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .integer(id), .text(run.toolVersion), .text(JSONText.array(run.arguments)), .text(run.host),
          .text(environment), .text(run.startedAt), .text(settings),
          run.examiner.map { .text($0) } ?? .null, run.caseNumber.map { .text($0) } ?? .null,
          run.notes.map { .text($0) } ?? .null,
        ])
      var detail = [
        "run": "\(id)", "tool_version": JSONText.string(run.toolVersion),
        "arguments": JSONText.array(run.arguments), "started_at": JSONText.string(run.startedAt),
        "settings": settings,
      ]
      detail["examiner"] = run.examiner.map(JSONText.string)
      detail["case_number"] = run.caseNumber.map(JSONText.string)
      detail["notes"] = run.notes.map(JSONText.string)
      try note("run_started", detail)
    }
    return id
  }

  /// Records the end of a run.
  ///
  /// - Parameters:
  ///   - exitStatus: what the program will exit with.
  ///   - finishedAt: wall-clock time, RFC 3339 in UTC.
  package func finishRun(_ id: Int64, exitStatus: Int, finishedAt: String) throws(StoreError) {
    try transaction { () throws(StoreError) in
      try connection.execute(
        "UPDATE run SET finished_at = ?, exit_status = ? WHERE run_id = ?",
        [.text(finishedAt), .integer(Int64(exitStatus)), .integer(id)])
      try note(
        "run_finished",
        ["run": "\(id)", "exit_status": "\(exitStatus)", "finished_at": JSONText.string(finishedAt)])
    }
  }

  /// Adds an entry to the audit chain.
  ///
  /// - Parameters:
  ///   - event: what happened, in snake case.
  ///   - detail: values that are JSON already, by name.
  package func note(_ event: String, _ detail: [String: String]) throws(StoreError) {
    try AuditChain.append(event, detail, to: connection, hash: hash)
  }

  /// Builds the indexes that are still missing, leaves the write-ahead log and closes the case.
  ///
  /// The writer cannot be used afterwards.
  ///
  /// - Throws: `StoreError` with code `inUse` when another program has the case open: the case is closed all the same, every
  ///   row is in it, and its `-wal` file goes when the next writer finishes.
  package func finish() throws(StoreError) {
    guard unit == nil else { throw StoreError(.misuse, "a unit of the case '\(connection.path)' is still open") }
    do {
      try CaseSchema.createIndexes(in: connection)
      _ = try connection.row("PRAGMA journal_mode = DELETE")
    } catch {
      try? close()
      throw error
    }
    try close()
  }

  /// Closes the case as it is; an open unit is given up.
  package func close() throws(StoreError) {
    abandonUnit()
    bulk.finalize()
    try connection.close()
    lock.release()
  }

  /// Runs statements as one transaction, or as part of the open unit's.
  private func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
    if unit != nil { return try body() }
    try connection.execute("BEGIN IMMEDIATE")
    do {
      try body()
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }
}
