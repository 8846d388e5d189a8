package import Records

/// One entry of a scan's plan: a file to read, or the reason why a path will not be read.
package struct PlannedEvidence: Sendable, Equatable {
  package var path: EvidencePath
  /// Size when the walk saw it; what progress is measured against.
  package var byteCount: Int
  /// Why this path cannot be read; `nil` for a file to be read.
  package var problem: Problem?

  package init(path: EvidencePath, byteCount: Int, problem: Problem? = nil) {
    (self.path, self.byteCount, self.problem) = (path, byteCount, problem)
  }
}

/// Lists the files below the named paths in byte order, so that the same tree gives the same plan on any machine.
///
/// Symbolic links are not followed out of the named roots. A link to something inside them is passed over, since the
/// walk meets its target anyway; one that leads elsewhere is a problem row, as are special files and what cannot be
/// opened. A named path may itself be a link.
package struct EvidenceWalk {
  private struct Visit {
    var path: EvidencePath
    /// The path with every link resolved: what tells two names of one place apart from two places.
    var canonical: EvidencePath
    var status: FileStatus
  }

  private var found: [(planned: PlannedEvidence, canonical: EvidencePath)] = []
  private let roots: [EvidencePath]
  private let excluded: Set<EvidencePath>

  /// A path longer than this many bytes is not followed: memory must not grow with the square of a tree's depth.
  private static let longestPath = 1 << 16

  /// - Parameters:
  ///   - paths: files and directories; a path named twice, or below another one, is listed once.
  ///   - case: the case database that is being written, which is no evidence when it lies among it, nor are the
  ///     files SQLite keeps beside it.
  package static func plan(_ paths: [EvidencePath], leavingOut case: EvidencePath? = nil) -> [PlannedEvidence] {
    let database = `case`.flatMap { try? SystemCalls.resolved($0) }
    let excluded = database.map { path in
      ["", "-wal", "-shm", "-journal"].map { EvidencePath(bytes: path.bytes + Array($0.utf8)) }
    }
    let roots = paths.map { (try? SystemCalls.resolved($0)) ?? $0 }
    var walk = EvidenceWalk(roots: roots, excluded: Set(excluded ?? []))
    for (path, canonical) in zip(paths, roots) { walk.visitRoot(path, canonical) }
    guard paths.count > 1 else { return walk.found.map(\.planned) }
    var seen: Set<EvidencePath> = []
    return walk.found.filter { seen.insert($0.canonical).inserted }.map(\.planned)
  }

  private init(roots: [EvidencePath], excluded: Set<EvidencePath>) {
    self.roots = roots
    self.excluded = excluded
  }

  private mutating func visitRoot(_ path: EvidencePath, _ canonical: EvidencePath) {
    let first = found.count
    do throws(SystemError) {
      visit(Visit(path: path, canonical: canonical, status: try SystemCalls.status(path, following: true)))
    } catch {
      refuse(path, canonical, .unreadable, "cannot open '\(path)': \(error); check the path and its permissions")
    }
    found[first...].sort { $0.planned.path < $1.planned.path }
  }

  private mutating func visit(_ root: Visit) {
    // An explicit stack: the depth of an attacker's tree must not become the depth of ours.
    var pending = [root]
    while let visit = pending.popLast() {
      if excluded.contains(visit.canonical) { continue }
      let path = visit.path
      switch visit.status.kind {
      case .regular:
        found.append(
          (PlannedEvidence(path: path, byteCount: visit.status.byteCount, problem: nil), visit.canonical))
      case .directory: list(visit, into: &pending)
      case .symbolicLink: visitLink(visit)
      case .special(let kind):
        refuse(
          path, visit.canonical, .specialFile,
          "'\(path)' is a \(kind) and was not read; copy its content to a file to scan it")
      }
    }
  }

  private mutating func list(_ directory: Visit, into pending: inout [Visit]) {
    guard directory.path.bytes.count < Self.longestPath else {
      refuse(
        directory.path, directory.canonical, .limitReached,
        "'\(directory.path.fileName)' lies so deep that its path has more than \(Self.longestPath) bytes; nothing below it was read; name it, or a directory near it, to scan it"
      )
      return
    }
    let isCanonical = directory.path == directory.canonical
    do throws(SystemError) {
      for (name, status) in try SystemCalls.entries(in: directory.path) {
        let path = directory.path.appending(name)
        let canonical = isCanonical ? path : directory.canonical.appending(name)
        switch status {
        case .success(let status): pending.append(Visit(path: path, canonical: canonical, status: status))
        case .failure(let error): refuse(path, canonical, .unreadable, "cannot look at '\(path)': \(error)")
        }
      }
    } catch {
      refuse(
        directory.path, directory.canonical, .unreadable,
        "cannot list the directory '\(directory.path)': \(error); nothing below it was read; check its permissions and scan again"
      )
    }
  }

  private mutating func visitLink(_ link: Visit) {
    let path = link.path
    do throws(SystemError) {
      let target = try SystemCalls.resolved(path)
      let isInside = roots.contains { target == $0 || target.bytes.starts(with: $0.appending([]).bytes) }
      if !isInside {
        refuse(
          path, link.canonical, .specialFile,
          "'\(path)' is a symbolic link to '\(target)', outside the named paths, and was not followed; name its target to scan it"
        )
      }
    } catch {
      refuse(path, link.canonical, .specialFile, "'\(path)' is a symbolic link that cannot be followed: \(error)")
    }
  }

  private mutating func refuse(
    _ path: EvidencePath, _ canonical: EvidencePath, _ code: Problem.Code, _ message: String
  ) {
    found.append((PlannedEvidence(path: path, byteCount: 0, problem: Problem(code, message: message)), canonical))
  }
}
