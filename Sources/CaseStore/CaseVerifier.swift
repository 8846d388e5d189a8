import Records

/// Looks for what in a case is not as it was when it was written.
///
/// What it can say is bounded by what the file holds: whoever can write the file can write a new audit chain too. The head of
/// the chain, noted elsewhere, closes that gap.
package final class CaseVerifier {
  /// How one check ended.
  package struct Finding: Sendable, Equatable {
    /// What was looked at, such as `audit chain`.
    package var subject: String
    package var isSound: Bool
    /// What was found, in words that follow the subject.
    package var message: String

    package init(subject: String, isSound: Bool, message: String) {
      (self.subject, self.isSound, self.message) = (subject, isSound, message)
    }
  }

  let connection: Connection
  let hash: ([UInt8]) -> String

  /// - Parameter hash: the SHA-256 of some bytes as 64 lower-case hexadecimal digits.
  /// - Throws: `StoreError` as `CaseReader` does.
  package init(path: String, hash: @escaping ([UInt8]) -> String) throws(StoreError) {
    self.hash = hash
    connection = try CaseReader.connection(to: path)
  }

  /// Every check, in the order in which one rests on the other.
  package func findings() throws(StoreError) -> [Finding] {
    var findings = [try database()]
    // A damaged file can answer anything.
    if !findings[0].isSound { return findings }
    findings += [try auditChain(), try references(), try ledgers(), try sums(), try models(), try files(), try flows()]
    return findings
  }

  private func database() throws(StoreError) -> Finding {
    guard case .text(let answer)? = try connection.row("PRAGMA integrity_check(1)")?.first, answer != "ok" else {
      return Finding(subject: "database", isSound: true, message: "sound")
    }
    return Finding(subject: "database", isSound: false, message: "damaged: \(answer)")
  }

  private func auditChain() throws(StoreError) -> Finding {
    let statement = try connection.prepare(
      "SELECT seq, time, event, detail, previous_sha256, entry_sha256 FROM audit ORDER BY seq")
    var last = (sequence: Int64(0), time: "", digest: AuditChain.origin)
    while try statement.step() {
      let row = statement.row()
      guard case .integer(let sequence) = row[0], case .text(let time) = row[1], case .text(let event) = row[2],
        case .text(let detail) = row[3], case .text(let before) = row[4], case .text(let digest) = row[5],
        sequence == last.sequence + 1, before == last.digest,
        digest == hash(AuditChain.content(before, sequence, time, event, detail))
      else {
        return Finding(
          subject: "audit chain", isSound: false,
          message:
            "broken at entry \(last.sequence + 1): it is not the one that was written after entry \(last.sequence)")
      }
      last = (sequence, time, digest)
    }
    guard last.sequence > 0 else {
      return Finding(subject: "audit chain", isSound: false, message: "empty: its entries have been removed")
    }
    return Finding(
      subject: "audit chain", isSound: true,
      message: "whole: \(last.sequence) entries, the last of \(last.time), head \(last.digest)")
  }

  private func references() throws(StoreError) -> Finding {
    guard let row = try connection.row("PRAGMA foreign_key_check") else {
      return Finding(subject: "references", isSound: true, message: "whole")
    }
    let words = Self.words(row)
    return Finding(
      subject: "references", isSound: false,
      message: "broken: row \(words.count > 1 ? words[1] : "") of '\(words.first ?? "")' names a row that is not there")
  }

  private func ledgers() throws(StoreError) -> Finding {
    let mismatch = try connection.row("SELECT evidence_path, account, expected, accounted FROM ledger_mismatch LIMIT 1")
    if let mismatch, case .text(let path) = mismatch[0], case .text(let account) = mismatch[1],
      case .integer(let expected) = mismatch[2], case .integer(let accounted) = mismatch[3]
    {
      return Finding(
        subject: "ledgers", isSound: false,
        message: "do not add up: of the \(expected) \(account) of '\(path)', \(accounted) are accounted for")
    }
    let packets = try connection.integer("SELECT sum(packets_read) FROM evidence_item") ?? 0
    return Finding(subject: "ledgers", isSound: true, message: "add up: \(Int(packets).counted("packet"))")
  }

  /// The counts that overviews are made of, against the flows themselves.
  private func sums() throws(StoreError) -> Finding {
    let wrong = try connection.row(
      """
      SELECT e.path, e.flow_count, coalesce(n.flows, 0)
      FROM evidence_item AS e
      LEFT JOIN (SELECT evidence_id, count(*) AS flows FROM flow GROUP BY evidence_id) AS n
        ON n.evidence_id = e.evidence_id
      WHERE e.flow_count <> coalesce(n.flows, 0) LIMIT 1
      """)
    if let wrong, case .text(let path) = wrong[0], case .integer(let stated) = wrong[1],
      case .integer(let counted) = wrong[2]
    {
      return Finding(
        subject: "sums", isSound: false, message: "'\(path)' had \(stated) flows, and there are \(counted)")
    }
    let label = try connection.row(
      """
      SELECT s.label, s.flows, coalesce(c.flows, 0) FROM (
        SELECT model_id, label, label_source, sum(flows) AS flows FROM label_hour WHERE model_id > 0 GROUP BY 1, 2, 3
      ) AS s LEFT JOIN (
        SELECT p.model_id, count(*) AS flows,
          \(GivenLabel.name()) AS label,
          CASE WHEN p.protocol_name IS NOT NULL THEN 'protocol' ELSE 'model' END AS label_source
        FROM prediction AS p
        \(GivenLabel.joins())
        GROUP BY 1, 3, 4
      ) AS c ON c.model_id = s.model_id AND c.label = s.label AND c.label_source = s.label_source
      WHERE s.flows <> coalesce(c.flows, 0) LIMIT 1
      """)
    if let label, case .text(let name) = label[0], case .integer(let stated) = label[1],
      case .integer(let counted) = label[2]
    {
      return Finding(
        subject: "sums", isSound: false, message: "\(stated) flows were labelled '\(name)', and there are \(counted)")
    }
    return Finding(subject: "sums", isSound: true, message: "agree with the flows")
  }

  private func models() throws(StoreError) -> Finding {
    let statement = try connection.prepare(
      """
      SELECT m.sha256, m.metadata, (
        SELECT a.detail ->> '$.metadata_sha256' FROM audit AS a
        WHERE a.event = 'model_registered' AND a.detail ->> '$.model_sha256' = m.sha256 LIMIT 1),
        m.metadata ->> '$."flowcase.labels"' IS NULL OR (
          SELECT count(*) FROM json_each(m.metadata ->> '$."flowcase.labels"') AS j
          LEFT JOIN model_label AS l ON l.model_id = m.model_id AND l.position = j.key
          WHERE l.name IS NOT j.value) = 0,
        m.metadata ->> '$."flowcase.threshold"' IS NULL
          OR abs(CAST(m.metadata ->> '$."flowcase.threshold"' AS REAL) - m.threshold) < 1e-9
      FROM model AS m ORDER BY m.model_id
      """)
    var count = 0
    while try statement.step() {
      let row = statement.row()
      guard case .text(let sha256) = row[0], case .text(let metadata) = row[1] else { continue }
      count += 1
      var isSound = row[3] == .integer(1) && row[4] == .integer(1)
      // A case that was brought up from version 1 has no digest of it.
      if case .text(let noted) = row[2], hash(Array(metadata.utf8)) != noted { isSound = false }
      if !isSound {
        return Finding(
          subject: "models", isSound: false, message: "what is kept of the model \(sha256) is not what was registered")
      }
    }
    return Finding(subject: "models", isSound: true, message: count == 0 ? "none" : "\(count), as registered")
  }

  static func words(_ row: [SQLValue]) -> [String] {
    row.map { value in
      switch value {
      case .text(let text): text
      case .integer(let number): "\(number)"
      default: ""
      }
    }
  }
}
