package import Records

extension CaseWriter {
  /// Begins a unit of work: one top-level file with everything in it, or the files of a sequence.
  ///
  /// - Throws: `StoreError` with code `inUse` when another program is writing.
  package func beginUnit(run: Int64) throws(StoreError) {
    guard unit == nil else { throw StoreError(.misuse, "a unit of the case '\(connection.path)' is still open") }
    try connection.execute("BEGIN IMMEDIATE")
    let flow = try connection.integer("SELECT max(flow_id) FROM flow") ?? 0
    let problem = try connection.integer("SELECT max(problem_id) FROM problem") ?? 0
    let note = try connection.integer("SELECT max(note_id) FROM capture_note") ?? 0
    let evidence = try connection.integer("SELECT max(evidence_id) FROM evidence_item") ?? 0
    unit = Unit(
      run: run, firstFlow: flow + 1, nextFlow: flow + 1, nextProblem: problem + 1,
      nextNote: note + 1, nextEvidence: evidence + 1)
  }

  /// Begins an evidence of the open unit.
  ///
  /// - Parameters:
  ///   - path: its path, escaped where the bytes are not UTF-8.
  ///   - parent: the archive it is in; `nil` for a file.
  /// - Returns: its number; numbers follow the order of the calls.
  package func openEvidence(path: String, parent: Int64?) throws(StoreError) -> Int64 {
    guard let id = unit?.nextEvidence else { throw noUnit() }
    do {
      try connection.execute(
        """
        INSERT INTO evidence_item (evidence_id, parent_id, path, format, status, link_types)
        VALUES (?, ?, ?, '', 'partial', '[]')
        """,
        [.integer(id), parent.map { .integer($0) } ?? .null, .text(path)])
    } catch {
      throw broken(error)
    }
    unit?.nextEvidence = id + 1
    unit?.items[id] = Unit.Item(path: path, parent: parent)
    return id
  }

  /// Writes what is known of an evidence at the end of its reading.
  ///
  /// Flows may still be added to it afterwards, because a flow that began in one capture of a sequence may end in another.
  ///
  /// - Parameter duplicateOf: the evidence it is a copy of; its own flows must have been discarded.
  package func closeEvidence(_ id: Int64, as record: EvidenceRecord, duplicateOf: Int64?) throws(StoreError) {
    guard let item = unit?.items[id], !item.isClosed else { throw noSuchEvidence(id) }
    let digest = { (digest: SHA256Digest?) -> SQLValue in digest.map { .text($0.description) } ?? .null }
    let integer = { (value: Int) -> SQLValue in .integer(Int64(value)) }
    do {
      try connection.execute(
        """
        UPDATE evidence_item SET
          path = ?, format = ?, status = ?, container_bytes = ?, stream_bytes = ?, container_sha256 = ?,
          stream_sha256 = ?, link_types = ?, packets_read = ?, packets_in_flows = ?, packets_not_ip = ?,
          packets_undecodable = ?, packets_filtered = ?, bytes_lost = ?, captured_bytes = ?, captured_bytes_in_flows = ?,
          captured_bytes_not_ip = ?, captured_bytes_undecodable = ?, captured_bytes_filtered = ?, bytes_read = ?,
          bytes_skipped = ?,
          first_packet_ns = ?, last_packet_ns = ?,
          duplicate_of = ?, final_packet_ns = ?, gap_before_ns = ?, sequence_id = ?, sequence_position = ?
        WHERE evidence_id = ?
        """,
        [
          .text(record.path), .text(record.format), .text(record.status.rawValue), integer(record.containerBytes),
          integer(record.streamBytes), digest(record.containerSHA256), digest(record.streamSHA256),
          .text(JSONText.array(record.linkTypes)), integer(record.ledger.read), integer(record.ledger.inFlows),
          integer(record.ledger.notIP), integer(record.ledger.undecodable), integer(record.ledger.filtered),
          integer(record.bytesLost), integer(record.ledger.bytesRead), integer(record.ledger.bytesInFlows),
          integer(record.ledger.bytesNotIP), integer(record.ledger.bytesUndecodable),
          integer(record.ledger.bytesFiltered), integer(record.bytesRead), integer(record.bytesSkipped),
          record.firstPacket.map { .integer($0.nanoseconds) } ?? .null,
          record.lastPacket.map { .integer($0.nanoseconds) } ?? .null, duplicateOf.map { .integer($0) } ?? .null,
          record.finalPacket.map { .integer($0.nanoseconds) } ?? .null, record.gapBefore.map { .integer($0) } ?? .null,
          record.sequence.map { .integer($0.first) } ?? .null, record.sequence.map { integer($0.position) } ?? .null,
          .integer(id),
        ])
      if let join = record.join { try insert(join, evidence: id) }
    } catch {
      throw broken(error)
    }
    unit?.tally.add(item.tally)
    unit?.items[id]?.tally = AttentionTally()
    unit?.items[id]?.isClosed = true
    unit?.items[id]?.path = record.path
  }

  private func insert(_ join: CaptureJoin, evidence: Int64) throws(StoreError) {
    try connection.execute(
      """
      INSERT INTO capture_join (
        evidence_id, after_path, is_joined, reason, gap_ns, shared_hosts, shared_machines, connections)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(evidence), .text(join.after), .integer(join.reason.isJoined ? 1 : 0), .text(join.reason.rawValue),
        join.gap.map { .integer($0) } ?? .null, .integer(Int64(join.sharedHosts)),
        .integer(Int64(join.sharedMachines)), .integer(Int64(join.connections)),
      ])
  }

  /// The first evidence in the case, or closed in the open unit, whose decompressed bytes have a digest and were read.
  package func evidence(withStreamDigest digest: SHA256Digest) throws(StoreError) -> Int64? {
    try connection.integer(
      """
      SELECT min(evidence_id) FROM evidence_item
      WHERE stream_sha256 = ? AND status IN ('complete', 'partial')
      """, [.text(digest.description)])
  }

  /// Makes the unit's rows visible, all of them at once.
  ///
  /// - Throws: `StoreError` with code `misuse` when evidence is still open or a row of the unit has failed; the unit then
  ///   has to be abandoned, as after any other error.
  package func commitUnit() throws(StoreError) {
    guard let unit else { throw noUnit() }
    guard !unit.isBroken, connection.isInTransaction else {
      throw StoreError(.misuse, "a unit of the case '\(connection.path)' has failed and cannot be committed")
    }
    if let open = unit.items.values.filter({ !$0.isClosed }).map(\.path).min() {
      throw broken(StoreError(.misuse, "the evidence '\(open)' is still open"))
    }
    do {
      try writeCounts(of: unit)
      try addSummaries(of: unit)
      try noteEvidence(of: unit)
      try connection.execute("COMMIT")
    } catch {
      throw broken(error)
    }
    self.unit = nil
  }

  /// Gives up the open unit: the case is as it was before it began. Nothing happens when none is open.
  package func abandonUnit() {
    // SQLite has rolled back by itself after some errors, a full disk among them.
    if unit != nil, connection.isInTransaction { try? connection.execute("ROLLBACK") }
    unit = nil
  }

  private func writeCounts(of unit: Unit) throws(StoreError) {
    for (id, item) in unit.items.sorted(by: { $0.key < $1.key }) where item.flows > 0 || item.problems > 0 {
      try connection.execute(
        """
        UPDATE evidence_item SET flow_count = ?, flow_packets = ?, problem_count = ?, flows_sha256 = ?
        WHERE evidence_id = ?
        """,
        [
          .integer(Int64(item.flows)), .integer(Int64(item.flowPackets)), .integer(Int64(item.problems)),
          item.digest.digest(hash).map { .text($0) } ?? .null, .integer(id),
        ])
    }
    let sum = { (count: (Unit.Item) -> Int) in unit.items.values.reduce(0) { $0 + count($1) } }
    try addCounts([
      "flow": sum(\.flows), "prediction": sum(\.predictions), "flow_metadata": sum(\.metadata),
      "evidence_item": unit.items.count, "problem": sum(\.problems), "capture_note": sum(\.notes),
    ])
  }

  /// Adds to the numbers of rows that `_counts` keeps.
  func addCounts(_ added: [String: Int]) throws(StoreError) {
    for (table, count) in added.sorted(by: { $0.key < $1.key }) where count > 0 {
      try connection.execute(
        "UPDATE _counts SET count = count + ? WHERE \"table\" = ?", [.integer(Int64(count)), .text(table)])
    }
  }

  private func noteEvidence(of unit: Unit) throws(StoreError) {
    // Digests of the flows of each file and of what is inside it, in the order of their numbers.
    var digests: [Int64: [String]] = [:]
    for (id, item) in unit.items.sorted(by: { $0.key < $1.key }) {
      guard let digest = item.digest.digest(hash) else { continue }
      var top = id
      while let parent = unit.items[top]?.parent { top = parent }
      digests[top, default: []].append(digest)
    }
    for (id, item) in unit.items.sorted(by: { $0.key < $1.key }) where item.parent == nil {
      try connection.execute(
        "INSERT OR IGNORE INTO run_evidence (run_id, evidence_id, outcome) VALUES (?, ?, 'read')",
        [.integer(unit.run), .integer(id)])
      let row = try connection.row(
        "SELECT container_sha256, flow_count, packets_read FROM evidence_item WHERE evidence_id = ?", [.integer(id)])
      guard let row, row.count == 3 else { continue }
      let within = digests[id] ?? []
      var detail = ["run": "\(unit.run)", "evidence": "\(id)", "path": JSONText.string(item.path), "sha256": "null"]
      if !within.isEmpty { detail["flows_sha256"] = JSONText.string(hash(Array(within.joined().utf8))) }
      if case .text(let digest) = row[0] { detail["sha256"] = JSONText.string(digest) }
      if case .integer(let flows) = row[1] { detail["flows"] = "\(flows)" }
      if case .integer(let packets) = row[2] { detail["packets"] = "\(packets)" }
      try note("evidence_added", detail)
    }
  }

  func noUnit() -> StoreError { StoreError(.misuse, "no unit of the case '\(connection.path)' is open") }
}
