package import Records

/// One entry of a scan's plan: a file to read, or the reason why a path will not be read.
package struct PlannedEvidence: Sendable, Equatable {
  package var path: EvidencePath
  /// Size when the walk saw it; what progress is measured against.
  package var byteCount: Int
  /// Why this path cannot be read; `nil` for a file to be read.
  package var problem: Problem?
}

/// Lists the files below the named paths in byte order, so that the same tree gives the same plan on any machine.
///
/// Symbolic links are not followed out of the named roots. A link to something inside them is passed over, since the
/// walk meets its target anyway; one that leads elsewhere is a problem row, as are special files and what cannot be
/// opened. A named path may itself be a link.
package struct EvidenceWalk {
  private var found: [PlannedEvidence] = []
  private let roots: [EvidencePath]

  /// - Parameter paths: files and directories; a path named twice, or below another one, is listed once.
  package static func plan(_ paths: [EvidencePath]) -> [PlannedEvidence] {
    var walk = EvidenceWalk(roots: paths.compactMap { try? SystemCalls.resolved($0) })
    for path in paths { walk.visitRoot(path) }
    var seen: Set<EvidencePath> = []
    return walk.found.filter { entry in
      seen.insert((try? SystemCalls.resolved(entry.path)) ?? entry.path).inserted
    }
  }

  private init(roots: [EvidencePath]) { self.roots = roots }

  private mutating func visitRoot(_ path: EvidencePath) {
    let first = found.count
    do throws(SystemError) {
      visit(path, try SystemCalls.status(path, following: true))
    } catch {
      refuse(path, .unreadable, "cannot open '\(path)': \(error); check the path and its permissions")
    }
    found[first...].sort { $0.path < $1.path }
  }

  private mutating func visit(_ path: EvidencePath, _ status: FileStatus) {
    // An explicit stack: the depth of an attacker's tree must not become the depth of ours.
    var pending = [(path, status)]
    while let (path, status) = pending.popLast() {
      switch status.kind {
      case .regular: found.append(PlannedEvidence(path: path, byteCount: status.byteCount, problem: nil))
      case .directory: list(path, into: &pending)
      case .symbolicLink: visitLink(path)
      case .special(let kind):
        refuse(path, .specialFile, "'\(path)' is a \(kind) and was not read; copy its content to a file to scan it")
      }
    }
  }

  private mutating func list(_ directory: EvidencePath, into pending: inout [(EvidencePath, FileStatus)]) {
    do throws(SystemError) {
      for name in try SystemCalls.names(in: directory) {
        let path = directory.appending(name)
        do throws(SystemError) {
          pending.append((path, try SystemCalls.status(path, following: false)))
        } catch {
          refuse(path, .unreadable, "cannot look at '\(path)': \(error)")
        }
      }
    } catch {
      refuse(
        directory, .unreadable,
        "cannot list the directory '\(directory)': \(error); nothing below it was read")
    }
  }

  private mutating func visitLink(_ path: EvidencePath) {
    do throws(SystemError) {
      let target = try SystemCalls.resolved(path)
      let isInside = roots.contains { target == $0 || target.bytes.starts(with: $0.appending([]).bytes) }
      if !isInside {
        refuse(
          path, .specialFile,
          "'\(path)' is a symbolic link to '\(target)', outside the named paths, and was not followed; name its target to scan it"
        )
      }
    } catch {
      refuse(path, .specialFile, "'\(path)' is a symbolic link that leads nowhere: \(error)")
    }
  }

  private mutating func refuse(_ path: EvidencePath, _ code: Problem.Code, _ message: String) {
    found.append(PlannedEvidence(path: path, byteCount: 0, problem: Problem(code, message: message)))
  }
}
