import CaseStore
import Evidence
import Records

/// The evidence and the models of a case, to be recognised among files.
///
/// Evidence is known by the place where it was read, else, where its size is one of the case's, by its SHA-256; so are the files
/// that were read out of archives. A model is known by its SHA-256.
struct CaseFiles {
  private let path: String
  /// Stored paths by the files that lie there now.
  private var identities: [FileIdentity: String] = [:]
  private var bySize: [Int: [(path: String, sha256: String)]] = [:]
  private var models: Set<String> = []

  init(_ path: String) throws(StoreError) {
    self.path = path
    let reader = try CaseReader(path: path)
    let places = try EvidencePlaces(reader, casePath: path)
    let rows = try reader.rows(
      "SELECT path, parent_id, container_bytes, container_sha256 FROM evidence_item ORDER BY evidence_id")
    for row in rows {
      guard let stored = row[0].text else { continue }
      if let size = row[2].integer, size > 0, let digest = row[3].text {
        bySize[Int(size), default: []].append((stored, digest))
      }
      guard row[1] == .null else { continue }
      for place in places.candidates(EvidencePath(described: stored)) {
        if let identity = FileIdentity(place) { identities[identity] = stored }
      }
    }
    models = Set(try reader.rows("SELECT sha256 FROM model").compactMap { $0.first?.text })
  }

  /// What a file is to the case; `nil` where it is nothing.
  func known(_ file: EvidencePath, _ identity: FileIdentity) -> String? {
    if let stored = identities[identity] { return "evidence of the case '\(path)' ('\(stored)')" }
    guard let size = try? file.status().byteCount, size > 0 else { return nil }
    let isModel = !models.isEmpty && OutputKind.looksLikeSafetensors(OutputKind.head(of: file))
    guard bySize[size] != nil || isModel, let digest = EvidenceVerification.digest(file) else { return nil }
    if let same = bySize[size]?.first(where: { $0.sha256 == digest }) {
      return "evidence of the case '\(path)' by its SHA-256 ('\(same.path)')"
    }
    return models.contains(digest) ? "a model of the case '\(path)' by its SHA-256" : nil
  }
}
