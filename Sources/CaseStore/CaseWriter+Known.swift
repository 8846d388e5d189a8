import Records

extension CaseWriter {
  /// The top-level evidence in the case, in the order it was added.
  package func knownEvidence() throws(StoreError) -> [KnownEvidence] {
    let statement = try connection.prepare(
      """
      SELECT evidence_id, path, container_bytes, container_sha256, status, final_packet_ns
      FROM evidence_item
      WHERE parent_id IS NULL ORDER BY evidence_id
      """)
    var known: [KnownEvidence] = []
    while try statement.step() {
      let row = statement.row()
      guard case .integer(let id) = row[0], case .text(let path) = row[1], case .integer(let size) = row[2],
        case .text(let status) = row[4], let status = EvidenceStatus(rawValue: status)
      else { continue }
      var digest: SHA256Digest?
      if case .text(let hex) = row[3] { digest = SHA256Digest(hex: hex) }
      var evidence = KnownEvidence(
        id: id, path: path, containerBytes: Int(size), containerSHA256: digest, status: status)
      if case .integer(let time) = row[5] { evidence.finalPacket = CaptureTime(nanoseconds: time) }
      known.append(evidence)
    }
    return known
  }

  /// Records that a run found evidence that the case already holds.
  package func note(alreadyKnown evidence: Int64, run: Int64) throws(StoreError) {
    try connection.execute(
      "INSERT OR IGNORE INTO run_evidence (run_id, evidence_id, outcome) VALUES (?, ?, 'already_known')",
      [.integer(run), .integer(evidence)])
  }
}

extension CaseWriter {
  /// Problem rows of all runs together.
  package func problemCount() throws(StoreError) -> Int {
    Int(try connection.integer("SELECT count(*) FROM problem") ?? 0)
  }
}
