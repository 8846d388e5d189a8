import Records

extension CaseWriter {
  /// The top-level evidence in the case, in the order it was added.
  package func knownEvidence() throws(StoreError) -> [KnownEvidence] {
    let statement = try connection.prepare(
      """
      SELECT evidence_id, path, container_bytes, container_sha256, status FROM evidence_item
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
      known.append(
        KnownEvidence(id: id, path: path, containerBytes: Int(size), containerSHA256: digest, status: status))
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
