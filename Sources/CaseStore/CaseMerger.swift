import Records

/// Puts cases together in a new one. The same evidence is taken once, from the first case that has it.
///
/// A *unit* is what was read together: one top-level file with everything in it, or the captures of a sequence. Units are taken
/// whole, or left out when the new case has all of their captures; of an archive that shares some captures with the new case,
/// those become second copies. What cannot be decided so is left out and named.
package final class CaseMerger {
  package struct Outcome: Sendable, Equatable {
    package var units = 0, flows = 0
    /// Units that the new case had already.
    package var known = 0
    /// What was not the same in two cases, or could not be taken, in sentences.
    package var conflicts: [String] = []
  }

  let writer: CaseWriter
  var outcome = Outcome()

  /// - Throws: `StoreError` with code `cannotOpen` when there is something at the path already.
  package init(path: String, hash: @escaping @Sendable ([UInt8]) -> String) throws(StoreError) {
    guard try !CaseSchema.isPresent(at: path) else {
      throw StoreError(.cannotOpen, "there is a case at '\(path)' already: give another name for the merged one")
    }
    writer = try CaseWriter(path: path, hash: hash)
  }

  /// Adds a case to the new one, all or nothing.
  ///
  /// - Throws: `StoreError`; what was added before stays.
  package func add(_ path: String) throws(StoreError) {
    // Says in its own words what is wrong with a file that is no case.
    _ = try CaseReader(path: path)
    let connection = writer.connection
    try connection.execute("ATTACH DATABASE ? AS source", [.text(Connection.location(of: path, .readOnly))])
    defer { try? connection.detach("source") }
    let models = try registerModels()
    try connection.execute("BEGIN IMMEDIATE")
    do {
      try copy(from: path, models: models)
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }

  /// Closes the new case.
  package func finish() throws(StoreError) -> Outcome {
    try writer.finish()
    return outcome
  }

  /// The models of the source in the new case: their numbers there by their numbers in the source.
  private func registerModels() throws(StoreError) -> [Int64: Int64] {
    let connection = writer.connection
    let statement = try connection.prepare(
      "SELECT model_id, sha256, architecture, packet_count, threshold, metadata FROM source.model ORDER BY model_id")
    var found: [(Int64, ModelRecord)] = []
    while try statement.step() {
      let row = statement.row()
      guard case .integer(let id) = row[0], case .text(let hex) = row[1], let sha256 = SHA256Digest(hex: hex),
        case .text(let architecture) = row[2], case .integer(let packets) = row[3], case .real(let threshold) = row[4],
        case .text(let metadata) = row[5]
      else { continue }
      let names = try sourceNames(ofModel: id)
      found.append(
        (
          id,
          ModelRecord(
            sha256: sha256, architecture: architecture, labels: names.labels, parents: names.parents,
            packetCount: Int(packets), threshold: threshold, metadataJSON: metadata)
        ))
    }
    var models: [Int64: Int64] = [:]
    for (id, record) in found {
      let new = try writer.register(model: record)
      let names = try writer.names(of: new)
      guard names.labels == record.labels, names.tree.classOfLabel == record.classOfLabel else {
        throw StoreError(
          .damaged,
          "the labels or classes of the model \(record.sha256) are not those of a case before it: look for what was changed with 'flowcase verify'"
        )
      }
      models[id] = new
    }
    return models
  }

  private func sourceNames(ofModel id: Int64) throws(StoreError) -> (labels: [String], parents: [String]) {
    let statement = try writer.connection.prepare(
      """
      SELECT l.name, coalesce(c.name, l.name) FROM source.model_label AS l
      LEFT JOIN source.model_class AS c ON c.model_id = l.model_id AND c.position = l.class_position
      WHERE l.model_id = ? ORDER BY l.position
      """)
    statement.bind(id)
    var names: (labels: [String], parents: [String]) = ([], [])
    while try statement.step() {
      let row = statement.row()
      guard case .text(let label) = row[0], case .text(let parent) = row[1] else { continue }
      names.labels.append(label)
      names.parents.append(parent)
    }
    return names
  }

  private func copy(from path: String, models: [Int64: Int64]) throws(StoreError) {
    let connection = writer.connection
    try connection.execute(
      script: """
        DROP TABLE IF EXISTS temp.model_map;
        DROP TABLE IF EXISTS temp.evidence_map;
        DROP TABLE IF EXISTS temp.flow_map;
        CREATE TEMP TABLE model_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        CREATE TEMP TABLE evidence_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL, is_copied INTEGER NOT NULL,
          is_duplicate INTEGER NOT NULL);
        CREATE TEMP TABLE flow_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
        """)
    for (old, new) in models.sorted(by: { $0.key < $1.key }) {
      try connection.execute("INSERT INTO temp.model_map VALUES (?, ?)", [.integer(old), .integer(new)])
    }
    let runs = try connection.integer("SELECT coalesce(max(run_id), 0) FROM main.run") ?? 0
    let flows = try connection.integer("SELECT coalesce(max(flow_id), 0) FROM main.flow") ?? 0
    try connection.execute(
      """
      INSERT INTO main.run (
        run_id, tool_version, arguments, host, environment, started_at, finished_at, exit_status, settings, examiner,
        case_number, notes)
      SELECT run_id + ?, tool_version, arguments, host, environment, started_at, finished_at, exit_status, settings,
        examiner, case_number, notes
      FROM source.run
      """, [.integer(runs)])
    try noteSource(path)
    let taken = try chooseUnits(path)
    try copyEvidence(runs: runs)
    let isWhole = try copyFlows(after: flows)
    try copySums(from: flows, isWhole: isWhole, path: path)
    try noteEvidence(taken)
  }

  /// The audit chain of the source, entry by entry, as part of the new one.
  private func noteSource(_ path: String) throws(StoreError) {
    let connection = writer.connection
    let head = try connection.row("SELECT seq, entry_sha256 FROM source.audit ORDER BY seq DESC LIMIT 1")
    var detail = ["path": JSONText.string(path)]
    if let head, case .integer(let count) = head[0], case .text(let digest) = head[1] {
      detail["entries"] = "\(count)"
      detail["head_sha256"] = JSONText.string(digest)
    }
    try writer.note("case_merged", detail)
    let entries = try connection.prepare("SELECT seq, time, event, detail, entry_sha256 FROM source.audit ORDER BY seq")
    while try entries.step() {
      let row = entries.row()
      guard case .integer(let sequence) = row[0], case .text(let time) = row[1], case .text(let event) = row[2],
        case .text(let detail) = row[3], case .text(let digest) = row[4]
      else { continue }
      try writer.note(
        "merged_entry",
        [
          "seq": "\(sequence)", "time": JSONText.string(time), "event": JSONText.string(event), "detail": detail,
          "entry_sha256": JSONText.string(digest),
        ])
    }
  }

  /// What the new case now has of the units that were taken, for `verify`.
  private func noteEvidence(_ roots: [Int64]) throws(StoreError) {
    let connection = writer.connection
    for root in roots {
      let row = try connection.row(
        "SELECT path, container_sha256, flow_count, packets_read FROM main.evidence_item WHERE evidence_id = ?",
        [.integer(root)])
      guard let row, case .text(let path) = row[0] else { continue }
      let statement = try connection.prepare(
        """
        WITH RECURSIVE tree (id) AS (
          VALUES (?) UNION ALL SELECT e.evidence_id FROM tree JOIN main.evidence_item AS e ON e.parent_id = tree.id)
        SELECT e.flows_sha256 FROM tree JOIN main.evidence_item AS e ON e.evidence_id = tree.id
        WHERE e.flows_sha256 IS NOT NULL ORDER BY e.evidence_id
        """)
      statement.bind(root)
      var digests = ""
      while try statement.step() { if case .text(let digest)? = statement.row().first { digests += digest } }
      var detail = ["evidence": "\(root)", "path": JSONText.string(path), "sha256": "null"]
      if case .text(let digest) = row[1] { detail["sha256"] = JSONText.string(digest) }
      if case .integer(let flows) = row[2] { detail["flows"] = "\(flows)" }
      if case .integer(let packets) = row[3] { detail["packets"] = "\(packets)" }
      if !digests.isEmpty { detail["flows_sha256"] = JSONText.string(writer.hash(Array(digests.utf8))) }
      try writer.note("evidence_merged", detail)
    }
  }
}
