import Records

/// What the audit chain says of files and their flows, against what is there.
extension CaseVerifier {
  /// The files of the case against the entries of the audit chain that say they were added.
  func files() throws(StoreError) -> Finding {
    var added: [[String]: Int] = [:]
    let entries = try connection.prepare(
      """
      SELECT detail ->> '$.path', coalesce(detail ->> '$.sha256', ''), coalesce(detail ->> '$.packets', 0) FROM audit
      WHERE event IN ('evidence_added', 'evidence_merged')
      """)
    while try entries.step() { added[Self.words(entries.row()), default: 0] += 1 }
    let files = try connection.prepare(
      "SELECT path, coalesce(container_sha256, ''), packets_read FROM evidence_item WHERE parent_id IS NULL ORDER BY 1")
    var count = 0
    while try files.step() {
      let file = Self.words(files.row())
      guard let left = added[file], left > 0 else {
        return Finding(
          subject: "files", isSound: false,
          message: "'\(file[0])' is not as the audit chain says it was added, or was added without it")
      }
      added[file] = left - 1
      count += 1
    }
    if let missing = added.filter({ $0.value > 0 }).map({ $0.key[0] }).min() {
      return Finding(
        subject: "files", isSound: false,
        message: "the audit chain says that '\(missing)' was added, and it is not there")
    }
    return Finding(subject: "files", isSound: true, message: "\(count), as they were added")
  }

  /// The rows of every piece of evidence against the digest made when they were written, and that against the audit chain.
  func flows() throws(StoreError) -> Finding {
    let top = try connection.prepare(
      """
      WITH RECURSIVE tree (evidence_id, root_id) AS (
        SELECT evidence_id, evidence_id FROM evidence_item WHERE parent_id IS NULL
        UNION ALL
        SELECT e.evidence_id, t.root_id FROM tree AS t JOIN evidence_item AS e ON e.parent_id = t.evidence_id)
      SELECT e.evidence_id, e.path, e.flows_sha256, m.model_id, t.root_id, e.flow_count, r.settings IS NULL, top.path
      FROM tree AS t
      JOIN evidence_item AS e ON e.evidence_id = t.evidence_id
      JOIN evidence_item AS top ON top.evidence_id = t.root_id
      LEFT JOIN run_evidence AS v ON v.evidence_id = t.root_id AND v.outcome = 'read'
      LEFT JOIN run AS r ON r.run_id = v.run_id
      LEFT JOIN model AS m ON m.sha256 = r.settings ->> '$.model_sha256'
      WHERE e.flow_count > 0
      ORDER BY t.root_id, e.evidence_id
      """)
    let witnessed = try witnessedDigests()
    let paths = Set(witnessed.map { $0[0] })
    var (checked, flows, old) = (0, Int64(0), 0)
    var written: [Int64: [String]] = [:]
    while try top.step() {
      let row = top.row()
      guard case .integer(let id) = row[0], case .text(let path) = row[1], case .integer(let root) = row[4],
        case .integer(let count) = row[5]
      else { continue }
      guard case .text(let stated) = row[2] else {
        // Nor does the chain know of one for a file that version 1 read.
        if row[6] == .integer(1), !paths.contains(Self.words(row)[7]) {
          old += 1
          continue
        }
        return Finding(subject: "flows", isSound: false, message: "the digest of the flows of '\(path)' is missing")
      }
      var model: Int64?
      if case .integer(let number) = row[3] { model = number }
      let digest = try FlowRows.digest(evidence: id, model: model, in: connection, hash: hash)
      guard digest == stated else {
        return Finding(
          subject: "flows", isSound: false, message: "those of '\(path)' are not as they were when they were written")
      }
      written[root, default: []].append(stated)
      checked += 1
      flows += count
    }
    if let path = try firstUnwitnessed(written, witnessed) {
      return Finding(
        subject: "flows", isSound: false,
        message: "those of '\(path)' are not those that the audit chain says were written")
    }
    let unchecked = old > 0 ? "; \(old) captures of a version that kept no digest were not looked at" : ""
    return Finding(
      subject: "flows", isSound: true,
      message:
        "unchanged since the scan: \(Int(flows).counted("flow")) of \(Int(checked).counted("capture"))\(unchecked)")
  }

  /// The first file whose digests are not those in its entry of the audit chain.
  private func firstUnwitnessed(_ digests: [Int64: [String]], _ witnessed: Set<[String]>) throws(StoreError) -> String?
  {
    for (root, within) in digests.sorted(by: { $0.key < $1.key }) {
      let row = try connection.row(
        "SELECT path, coalesce(container_sha256, '') FROM evidence_item WHERE evidence_id = ?", [.integer(root)])
      guard let row, case .text(let path) = row[0], case .text(let sha256) = row[1] else { continue }
      if !witnessed.contains([path, sha256, hash(Array(within.joined().utf8))]) { return path }
    }
    return nil
  }

  /// Path, digest and digest of the flows of each file, as the audit chain has them.
  private func witnessedDigests() throws(StoreError) -> Set<[String]> {
    var witnessed: Set<[String]> = []
    let entries = try connection.prepare(
      """
      SELECT detail ->> '$.path', coalesce(detail ->> '$.sha256', ''), detail ->> '$.flows_sha256' FROM audit
      WHERE event IN ('evidence_added', 'evidence_merged') AND detail ->> '$.flows_sha256' IS NOT NULL
      """)
    while try entries.step() { witnessed.insert(Self.words(entries.row())) }
    return witnessed
  }
}
