import CaseStore
import Evidence
import Records

/// Finds the files that a case names, from whatever directory the program is started in.
///
/// A relative path of a case is tried from the working directory, then from the directories in which the runs of the case were
/// started, the last one first, then from the directory of the case itself.
struct EvidencePlaces {
  private let bases: [EvidencePath]

  init(_ reader: CaseReader, casePath: String) throws(StoreError) {
    let started = try reader.rows(
      """
      SELECT environment ->> '$.\(Self.recorded)' AS directory FROM run WHERE directory IS NOT NULL
      GROUP BY directory ORDER BY max(run_id) DESC
      """)
    bases =
      started.compactMap { row in row.first?.text.map { EvidencePath(described: $0) } }
      + [EvidencePath(casePath).directory]
  }

  /// The member of a run's environment that has its working directory.
  static let recorded = "directory"

  /// Where a path of the case may lie, the likeliest first.
  func candidates(_ path: EvidencePath) -> [EvidencePath] {
    path.isAbsolute ? [path] : [path] + bases.map { $0.appending(path.bytes) }
  }

  /// The path where it leads somewhere, else the first place where it does.
  func existing(_ path: EvidencePath) -> EvidencePath {
    candidates(path).first { (try? $0.status()) != nil } ?? path
  }

  /// Where a file lies: the first place that has a file of its size, else the first that has a file.
  ///
  /// - Returns: `nil` where none has.
  func file(_ path: EvidencePath, size: Int) -> EvidencePath? {
    let there = candidates(path).compactMap { place in (try? place.status()).map { (place, $0) } }
      .filter { $0.1.kind == .regular }
    return (there.first { $0.1.byteCount == size } ?? there.first)?.0
  }
}
