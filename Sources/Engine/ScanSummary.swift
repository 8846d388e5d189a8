/// What a scan did, for the line at its end.
package struct ScanSummary: Sendable, Equatable {
  package var files = 0
  package var captures = 0
  package var packets = 0
  package var flows = 0
  package var problems = 0
  package var duplicates = 0
  /// Files and members of archives that are known to hold no packets.
  package var ignored = 0
  /// Files that the case had rows of already, unchanged.
  package var alreadyKnown = 0
  package var bytesLost = 0
  package init() {}

  mutating func add(_ other: Self) {
    files += other.files
    captures += other.captures
    packets += other.packets
    flows += other.flows
    problems += other.problems
    duplicates += other.duplicates
    ignored += other.ignored
    alreadyKnown += other.alreadyKnown
    bytesLost += other.bytesLost
  }
}
