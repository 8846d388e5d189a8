import Foundation
import GRDB
package import Records

/// A top-level piece of evidence that a case has rows of.
package struct KnownEvidence: Sendable, Equatable {
  package var id: Int64
  package var path: String
  /// Digest of the file as stored; `nil` where it could not be read to its end.
  package var containerSHA256: SHA256Digest?
}

/// The one writer of a case database. Owned by the thread that scans into the case.
///
/// Evidence is written in units: everything between `beginUnit` and `commitUnit` becomes visible in one transaction,
/// or, when the program dies in between, not at all. Identifiers count up in the order of the calls and do not depend
/// on what was rolled back before.
package final class CaseWriter {
  private let queue: DatabaseQueue
  private let path: String
  private let audit: AuditTrail
  private var labelNames: [Int64: [String]] = [:]
  private var nextFlow: Int64 = 1
  private var nextEvidence: Int64 = 1
  private var nextProblem: Int64 = 1
  private var unit: Unit?

  /// What a unit has written so far.
  private final class Unit {
    let run: Int64
    let inserter: FlowInserter
    var totals: [Int64: UnitTotals] = [:]
    var model: Int64?
    /// First identifiers of the unit, for when it is abandoned.
    let firstFlow: Int64, firstEvidence: Int64, firstProblem: Int64

    init(run: Int64, inserter: FlowInserter, flow: Int64, evidence: Int64, problem: Int64) {
      self.run = run
      self.inserter = inserter
      firstFlow = flow
      firstEvidence = evidence
      firstProblem = problem
    }
  }

  /// Opens the case at `path`, or creates it.
  ///
  /// - Parameter hash: SHA-256 as lower-case hexadecimal digits, for the audit trail.
  /// - Throws: when the file is no case, has another version, or another program writes to it.
  package init(path: String, hash: @escaping @Sendable ([UInt8]) -> String) throws(StoreError) {
    self.path = path
    audit = AuditTrail(hash: hash)
    queue = try StoreError.wrap("open the case '\(path)'") {
      var configuration = Configuration()
      configuration.busyMode = .timeout(2)
      // A unit is a transaction that stays open over many calls.
      configuration.allowsUnsafeTransactions = true
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536")
      }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.write { try CaseSchema.prepare($0, path: path) }
      return queue
    }
    try readCounters()
  }

  private func readCounters() throws(StoreError) {
    (nextFlow, nextEvidence, nextProblem) = try perform("read the case") { db in
      func next(_ table: String, _ column: String) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT coalesce(max(\(column)), 0) + 1 FROM \(table)") ?? 1
      }
      return (try next("flow", "flow_id"), try next("evidence_item", "evidence_id"), try next("problem", "problem_id"))
    }
  }

  private func perform<R>(_ what: String, _ body: (Database) throws -> R) throws(StoreError) -> R {
    try StoreError.wrap("\(what) in '\(path)'") { try queue.writeWithoutTransaction(body) }
  }

  // MARK: Runs and models

  /// - Returns: the model's id; a model that the case knows keeps its own.
  package func register(model: ModelRecord) throws(StoreError) -> Int64 {
    let id = try perform("register the model") { db -> Int64 in
      let sha = model.sha256.description
      if let known = try Int64.fetchOne(db, sql: "SELECT model_id FROM model WHERE sha256 = ?", arguments: [sha]) {
        return known
      }
      try db.inTransaction {
        try db.execute(
          sql: "INSERT INTO model (sha256, architecture, packet_count, threshold, metadata) VALUES (?, ?, ?, ?, ?)",
          arguments: [sha, model.architecture, model.packetCount, model.threshold, model.metadataJSON])
        let id = db.lastInsertedRowID
        for (index, label) in model.labels.enumerated() {
          try db.execute(sql: "INSERT INTO model_label VALUES (?, ?, ?)", arguments: [id, index, label])
        }
        return .commit
      }
      return try Int64.fetchOne(db, sql: "SELECT model_id FROM model WHERE sha256 = ?", arguments: [sha]) ?? 0
    }
    labelNames[id] = model.labels
    return id
  }

  package func beginRun(_ run: RunRecord) throws(StoreError) -> Int64 {
    try perform("begin a run") { db in
      let arguments = try Self.json(run.arguments)
      var id: Int64 = 0
      try db.inTransaction {
        try db.execute(
          sql: "INSERT INTO run (tool_version, arguments, host, environment, started_at) VALUES (?, ?, ?, ?, ?)",
          arguments: [run.toolVersion, arguments, run.host, try Self.json(run.environment), run.startedAt])
        id = db.lastInsertedRowID
        try audit.append(
          db, at: run.startedAt, event: "run_started", detail: "{\"run_id\":\(id),\"arguments\":\(arguments)}")
        return .commit
      }
      return id
    }
  }

  package func finishRun(_ id: Int64, exitStatus: Int, finishedAt: String) throws(StoreError) {
    try perform("finish the run") { db in
      try db.inTransaction {
        try db.execute(
          sql: "UPDATE run SET finished_at = ?, exit_status = ? WHERE run_id = ?",
          arguments: [finishedAt, exitStatus, id])
        try audit.append(
          db, at: finishedAt, event: "run_finished", detail: "{\"run_id\":\(id),\"exit_status\":\(exitStatus)}")
        return .commit
      }
    }
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  // MARK: What the case has already

  package func knownEvidence() throws(StoreError) -> [KnownEvidence] {
    try perform("list the evidence") { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT evidence_id, path, container_sha256 FROM evidence_item WHERE parent_id IS NULL ORDER BY evidence_id"
      ).map { row in
        KnownEvidence(
          id: row["evidence_id"], path: row["path"],
          containerSHA256: (row["container_sha256"] as String?).flatMap { SHA256Digest(hex: $0) })
      }
    }
  }

  /// The evidence whose decompressed bytes have this digest, written before the current piece was closed.
  package func evidence(withStreamDigest digest: SHA256Digest) throws(StoreError) -> Int64? {
    try perform("look for a duplicate") { db in
      try Int64.fetchOne(
        db, sql: "SELECT min(evidence_id) FROM evidence_item WHERE stream_sha256 = ? AND status <> 'duplicate'",
        arguments: [digest.description])
    }
  }

  package func problemCount() throws(StoreError) -> Int {
    try perform("count the problems") { try Int.fetchOne($0, sql: "SELECT count(*) FROM problem") ?? 0 }
  }

  /// Records that a run met evidence the case has already, unchanged.
  package func note(alreadyKnown evidence: Int64, run: Int64) throws(StoreError) {
    try perform("note known evidence") { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO run_evidence VALUES (?, ?, 'already_known')", arguments: [run, evidence])
    }
  }

  // MARK: Units

  package func beginUnit(run: Int64) throws(StoreError) {
    unit = try perform("begin a unit") { db in
      try db.execute(sql: "BEGIN IMMEDIATE")
      return Unit(
        run: run, inserter: try FlowInserter(db), flow: nextFlow, evidence: nextEvidence, problem: nextProblem)
    }
  }

  /// Adds a piece of evidence, to be described when it is closed.
  package func openEvidence(path: String, parent: Int64?) throws(StoreError) -> Int64 {
    let id = nextEvidence
    try perform("add evidence") { db in
      try db.execute(
        sql: "INSERT INTO evidence_item (evidence_id, parent_id, path) VALUES (?, ?, ?)", arguments: [id, parent, path])
      try db.execute(sql: "INSERT INTO run_evidence VALUES (?, ?, 'read')", arguments: [unit?.run, id])
    }
    nextEvidence += 1
    return id
  }

  /// Adds flows with their labels.
  package func append(_ flows: [ClassifiedFlow], evidence: Int64, model: Int64?) throws(StoreError) {
    guard let unit else { return }
    let names = model.flatMap { labelNames[$0] } ?? []
    var totals = unit.totals.removeValue(forKey: evidence) ?? UnitTotals()
    unit.model = model
    try perform("write flows") { _ in
      for flow in flows {
        try unit.inserter.insert(flow, id: nextFlow, evidence: evidence, model: model)
        totals.add(flow, labelNames: names)
        nextFlow += 1
      }
    }
    unit.totals[evidence] = totals
  }

  package func append(_ problem: Problem, evidence: Int64) throws(StoreError) {
    try perform("write a problem") { db in
      try db.execute(
        sql: "INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [nextProblem, evidence, problem.code.rawValue, problem.offset, problem.bytesLost, problem.message])
    }
    nextProblem += 1
  }

  /// Takes back the flows of a piece of evidence that turned out to be a duplicate. It must be the last with flows.
  ///
  /// - Returns: how many there were.
  package func discardFlows(of evidence: Int64) throws(StoreError) -> Int {
    unit?.totals[evidence] = nil
    let first = try perform("discard the flows of a duplicate") { db -> Int64? in
      let first = try Int64.fetchOne(
        db, sql: "SELECT min(flow_id) FROM flow WHERE flow_id >= ? AND evidence_id = ?",
        arguments: [unit?.firstFlow, evidence])
      if let first {
        try db.execute(sql: "DELETE FROM prediction WHERE flow_id >= ?", arguments: [first])
        try db.execute(sql: "DELETE FROM flow WHERE flow_id >= ?", arguments: [first])
      }
      return first
    }
    guard let first else { return 0 }
    defer { nextFlow = first }
    return Int(nextFlow - first)
  }

  /// Describes a piece of evidence at the end of its reading.
  package func closeEvidence(_ id: Int64, as record: EvidenceRecord, duplicateOf: Int64?) throws(StoreError) {
    // A duplicate keeps its digests and sizes; its packets are counted where they were first read.
    let ledger = duplicateOf == nil ? record.ledger : PacketLedger()
    try perform("describe evidence") { db in
      try db.execute(
        sql: """
          UPDATE evidence_item SET format = ?, status = ?, duplicate_of = ?, container_bytes = ?, stream_bytes = ?,
            container_sha256 = ?, stream_sha256 = ?, link_types = ?, packets = ?, packets_in_flows = ?, packets_not_ip = ?,
            packets_undecodable = ?, packets_filtered = ?, bytes_lost = ?, first_packet_ns = ?, last_packet_ns = ?
          WHERE evidence_id = ?
          """,
        arguments: [
          record.format, record.status.rawValue, duplicateOf, record.containerBytes, record.streamBytes,
          record.containerSHA256?.description, record.streamSHA256?.description, try Self.json(record.linkTypes),
          ledger.read, ledger.inFlows, ledger.notIP, ledger.undecodable, ledger.filtered, record.bytesLost,
          record.firstPacket?.nanoseconds, record.lastPacket?.nanoseconds, id,
        ])
      if let totals = unit?.totals.removeValue(forKey: id) { try totals.write(db, model: unit?.model) }
    }
  }

  package func commitUnit() throws(StoreError) {
    unit = nil
    try perform("commit a unit") { try $0.execute(sql: "COMMIT") }
  }

  /// Takes back everything since `beginUnit`.
  package func abandonUnit() throws(StoreError) {
    if let unit { (nextFlow, nextEvidence, nextProblem) = (unit.firstFlow, unit.firstEvidence, unit.firstProblem) }
    unit = nil
    try perform("abandon a unit") { if $0.isInsideTransaction { try $0.execute(sql: "ROLLBACK") } }
  }

  /// Builds the indexes that are cheaper to build at the end, and leaves one file behind: no `-wal`, no `-shm`.
  package func finish() throws(StoreError) {
    try perform("finish the case") { db in
      try db.execute(
        sql: """
          CREATE INDEX IF NOT EXISTS flow_evidence ON flow (evidence_id);
          CREATE INDEX IF NOT EXISTS flow_orig ON flow (orig_ip);
          CREATE INDEX IF NOT EXISTS flow_resp ON flow (resp_ip);
          CREATE INDEX IF NOT EXISTS flow_start ON flow (start_ns);
          CREATE INDEX IF NOT EXISTS prediction_label ON prediction (model_id, label_index);
          CREATE INDEX IF NOT EXISTS problem_evidence ON problem (evidence_id);
          PRAGMA optimize;
          PRAGMA wal_checkpoint(TRUNCATE);
          PRAGMA journal_mode = DELETE;
          """)
    }
  }
}
