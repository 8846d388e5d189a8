package import CaseStore
import Evidence
import Records

/// The SHA-256 that cases and their audit chains are made with.
package enum CaseHash {
  package static let sha256: @Sendable ([UInt8]) -> String = { Digest.sha256($0)?.description ?? "" }
}

/// Holds files of evidence to the digests that a case has of them.
package struct EvidenceVerification {
  private let reader: CaseReader
  private let places: EvidencePlaces

  /// - Throws: `StoreError` as `CaseReader` does.
  package init(casePath: String) throws {
    reader = try CaseReader(path: casePath)
    places = try EvidencePlaces(reader, casePath: casePath)
  }

  /// One finding for the files as a whole, or one for each that is wrong.
  ///
  /// A file is known by its digest, wherever it lies now; one in the place of the scan with another digest has changed. A path
  /// that leads nowhere from here is taken for one of the case.
  package func findings(_ paths: [String]) throws -> [CaseVerifier.Finding] {
    var byDigest: [String: String] = [:]
    var digests: [String: String] = [:]
    var storedPaths: [FileIdentity: String] = [:]
    for row in try reader.rows(
      "SELECT path, container_sha256 FROM evidence_item WHERE parent_id IS NULL AND container_sha256 IS NOT NULL")
    {
      guard case .text(let path) = row[0], case .text(let digest) = row[1] else { continue }
      byDigest[digest] = path
      digests[path] = digest
      for place in places.candidates(EvidencePath(described: path)).reversed() {
        if let identity = FileIdentity(place) { storedPaths[identity] = path }
      }
    }
    var wrong: [CaseVerifier.Finding] = []
    var found: Set<String> = []
    let plan = EvidenceWalk.plan(paths.map { places.existing(EvidencePath($0)) })
    for planned in plan {
      let path = planned.path.description
      if let problem = planned.problem {
        wrong.append(finding("cannot be checked: \(problem.message)"))
        continue
      }
      guard let digest = Self.digest(planned.path) else {
        wrong.append(finding("'\(path)' cannot be read to its end"))
        continue
      }
      if byDigest[digest] != nil {
        found.insert(digest)
      } else if let scanned = digests[path]
        ?? FileIdentity(planned.path).flatMap({ storedPaths[$0] }).flatMap({ digests[$0] })
      {
        wrong.append(finding("'\(path)' has changed since the scan: its SHA-256 was \(scanned) and is \(digest)"))
      } else {
        wrong.append(finding("'\(path)' (\(digest)) is not among the evidence of this case"))
      }
    }
    if wrong.isEmpty {
      let others = digests.values.count(where: { !found.contains($0) })
      let rest = others > 0 ? "; not given: \(others.counted("other")) of the case" : ""
      wrong.append(
        CaseVerifier.Finding(
          subject: "evidence", isSound: !plan.isEmpty,
          message: plan.isEmpty
            ? "has no files" : "\(plan.count.counted("file")) given, all unchanged since the scan\(rest)"))
    }
    return wrong
  }

  private func finding(_ message: String) -> CaseVerifier.Finding {
    CaseVerifier.Finding(subject: "evidence", isSound: false, message: message)
  }

  /// The digest of a file as it lies there; `nil` where it cannot be read to its end.
  static func digest(_ path: EvidencePath) -> String? {
    do throws(StreamDamage) {
      let stream = HashedStream(try EvidenceFile(path))
      while try stream.next() != nil {}
      return stream.finishDigest()?.description
    } catch {
      return nil
    }
  }
}
