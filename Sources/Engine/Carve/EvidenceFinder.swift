import Evidence

/// Finds files by their digest, wherever they lie now. Each file is hashed once, and only where its size is one looked for.
final class EvidenceFinder {
  private let bySize: [Int: [EvidencePath]]
  private var digests: [EvidencePath: String] = [:]

  /// - Parameter paths: files and directories to look in.
  init(_ paths: [String]) {
    let files = EvidenceWalk.plan(paths.map { EvidencePath($0) }).filter { $0.problem == nil }
    bySize = Dictionary(grouping: files, by: \.byteCount).mapValues { $0.map(\.path) }
  }

  func file(sha256: String, size: Int) -> EvidencePath? {
    bySize[size]?.first { path in
      if let known = digests[path] { return known == sha256 }
      let digest = EvidenceVerification.digest(path) ?? ""
      digests[path] = digest
      return digest == sha256
    }
  }
}
