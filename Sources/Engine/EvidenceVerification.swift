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
  /// A file is known by its digest, wherever it lies now; a path that leads nowhere from here is taken for one of the case. One with the path of the scan and another digest has changed, and so
  /// has one with the name of evidence that was given nowhere else. Any other file is additional: it is counted, and wrong only
  /// where there is nothing else.
  package func findings(_ paths: [String]) throws -> [CaseVerifier.Finding] {
    let known = try Known(reader, places)
    var wrong: [CaseVerifier.Finding] = []
    var found: Set<String> = []
    var strangers: [(path: EvidencePath, digest: String)] = []
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
      if known.digests.contains(digest) {
        found.insert(digest)
      } else if let scanned = known.byPath[path]
        ?? FileIdentity(planned.path).flatMap({ known.byIdentity[$0] }).flatMap({ known.byPath[$0] })
      {
        wrong.append(finding("'\(path)' has changed since the scan: its SHA-256 was \(scanned) and is \(digest)"))
      } else {
        strangers.append((planned.path, digest))
      }
    }
    let missing = known.byPath.filter { !found.contains($0.value) }
    // A README is no copy of another one.
    let missingNames = Dictionary(
      missing.filter { !known.ignored.contains($0.key) }.map { (EvidencePath(described: $0.key).fileName, $0.key) },
      uniquingKeysWith: { min($0, $1) })
    for (path, digest) in strangers {
      guard let scanned = missingNames[path.fileName] else { continue }
      wrong.append(
        finding(
          "'\(path)' (\(digest)) has the name of '\(scanned)' of this case and is another file: it has changed, or is none of its evidence"
        ))
    }
    if wrong.isEmpty {
      wrong.append(
        CaseVerifier.Finding(
          subject: "evidence", isSound: plan.count > strangers.count,
          message: Self.summary(given: plan.count, strangers: strangers.map(\.path), missing: missing.count)))
    }
    return wrong
  }

  private static func summary(given: Int, strangers: [EvidencePath], missing: Int) -> String {
    guard given > 0 else { return "has no files" }
    let files = { (count: Int) in count == 1 ? "1 file" : "\(count) files" }
    guard let first = strangers.first else {
      return "\(files(given)) given, all unchanged since the scan" + Self.notGiven(missing)
    }
    let example = strangers.count == 1 ? "'\(first)'" : "'\(first)' and others"
    guard given > strangers.count else { return "\(files(given)) given, none of them of this case (\(example))" }
    return "\(files(given - strangers.count)) given, all unchanged since the scan\(Self.notGiven(missing)); "
      + "\(files(strangers.count)) given besides \(strangers.count == 1 ? "is" : "are") not in the case (\(example))"
  }

  private static func notGiven(_ missing: Int) -> String {
    switch missing {
    case 0: ""
    case 1: "; 1 of the case was not given"
    default: "; \(missing) of the case were not given"
    }
  }

  /// The files of the case.
  private struct Known {
    var digests: Set<String> = []
    var byPath: [String: String] = [:]
    /// Paths by the files that they lead to from here.
    var byIdentity: [FileIdentity: String] = [:]
    /// Paths of what holds no packets.
    var ignored: Set<String> = []

    init(_ reader: CaseReader, _ places: EvidencePlaces) throws {
      for row in try reader.rows(
        "SELECT path, container_sha256, status = 'ignored' FROM evidence_item WHERE parent_id IS NULL AND container_sha256 IS NOT NULL"
      ) {
        guard case .text(let path) = row[0], case .text(let digest) = row[1] else { continue }
        digests.insert(digest)
        byPath[path] = digest
        for place in places.candidates(EvidencePath(described: path)).reversed() {
          if let identity = FileIdentity(place) { byIdentity[identity] = path }
        }
        if row[2] == .integer(1) { ignored.insert(path) }
      }
    }
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
