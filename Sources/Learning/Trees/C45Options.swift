/// How a C4.5 tree is grown and cut back; the defaults are those of C4.5 release 8.
package struct C45Options: Sendable, Equatable, Codable {
  /// Cases that at least two branches of a split must have.
  package var minimumCases = 2.0
  /// Confidence of the upper bound on a leaf's errors, 0 to 0.5: smaller prunes more.
  package var confidence = 0.25
  package var isPruned = true
  /// Whether pruning may put the largest branch of a split in its place.
  package var raisesSubtrees = true

  /// Splits on the way to a leaf. A tree that real data ask for has some dozens; a table made to defeat the growing
  /// would have as many as half its rows.
  package static let maximumDepth = 200

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case confidence
    case minimumCases = "minimum_cases"
    case isPruned = "is_pruned"
    case raisesSubtrees = "raises_subtrees"
  }

  /// Why no tree can be grown so, as a sentence; `nil` when it can.
  package var fault: String? {
    if !(minimumCases >= 1 && minimumCases <= 1e9) {
      return "the fewest cases of a branch are \(minimumCases), not 1 to 10^9"
    }
    if !(confidence > 0 && confidence <= 0.5) { return "the confidence is \(confidence), not in 0...0.5" }
    return nil
  }
}
