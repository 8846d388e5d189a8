import Records

/// Bounds on what a file of evidence may make of itself, and of the machine.
package struct EvidenceLimits: Sendable {
  /// Layers of compression and archives within each other.
  package var depth = 8
  /// Members of all the archives in one file together.
  package var members = 1_000_000
  /// Decompressed bytes that one file may become in any case, all of its layers and members added up.
  package var expandedBytes = 64 << 30
  /// How many times its own size a file may become beyond that. Captures seldom shrink to a hundredth.
  package var expansionRatio = 250
  /// Bytes of an archive that are held in memory, where it must be sought in and what is around it cannot be.
  package var heldBytes = 64 << 20
  /// Bytes of window or dictionary that compressed data may ask for: what `zstd --long` takes without being told more.
  package var windowBytes = 128 << 20
  package init() {}
}

/// What is left of the bytes that one file of evidence may be decompressed to.
final class ExpansionBudget {
  private(set) var rest: Int
  private let limit: Int
  private let path: String

  init(_ limits: EvidenceLimits, fileSize: Int, path: String) {
    let (scaled, overflow) = max(0, fileSize).multipliedReportingOverflow(by: limits.expansionRatio)
    limit = max(limits.expandedBytes, overflow ? .max : scaled)
    rest = limit
    self.path = path
  }

  func spend(_ count: Int) { rest -= min(rest, count) }

  var problem: Problem {
    .init(
      .limitReached,
      message:
        "'\(path)' was decompressed to \(limit) bytes, all its layers added up, and was not followed further, as that is more than a capture of its size is likely to be; what came before it was kept; if it is no bomb, scan it again with a higher --expansion-limit"
    )
  }
}
