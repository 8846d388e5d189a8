/// A node of a tree while it is grown and pruned.
final class C45Node {
  /// The feature the node divides by; `nil` for a leaf.
  var feature: Int?
  /// Cases at most this large go to the first branch; `nil` for a leaf and where the feature is nominal.
  var threshold: Float?
  var branches: [C45Node] = []
  /// Weight of the training cases of each class that reach the node.
  var counts: [Double]
  /// The class of most cases; of the parent's where no case reaches the node.
  var label: Int

  init(counts: [Double], parentLabel: Int) {
    self.counts = counts
    label = Self.majority(counts) ?? parentLabel
  }

  var weight: Double { counts.reduce(0, +) }
  /// Weight of the training cases that are of another class than the node's.
  var errors: Double { weight - counts[label] }

  /// Errors of all leaves below the node, or of the node itself where it is a leaf.
  var subtreeErrors: Double { feature == nil ? errors : branches.reduce(0) { $0 + $1.subtreeErrors } }

  /// The first of the classes with most weight; `nil` when there is none at all.
  static func majority(_ counts: [Double]) -> Int? {
    var best: Int?
    for (index, count) in counts.enumerated() where count > (best.map { counts[$0] } ?? 0) { best = index }
    return best
  }

  func becomeLeaf() {
    feature = nil
    threshold = nil
    branches = []
  }

  /// The branch of a known value; `nil` for a missing one, and for a category the feature does not have.
  @inline(__always) func branch(of value: Float) -> Int? {
    if value.isNaN { return nil }
    if let threshold { return value <= threshold ? 0 : 1 }
    guard let index = Int(exactly: value), branches.indices.contains(index) else { return nil }
    return index
  }
}
