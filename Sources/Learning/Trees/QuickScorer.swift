/// Finds the leaf of every tree at once, feature by feature (QuickScorer; Lucchese et al., SIGIR 2015).
///
/// The leaves of a tree, from the first branch to the last, are the bits of a word. A test that fails rules out the leaves
/// of its first branch; of those left when all failing tests are through, the first is the one a walk from the root
/// would have come to. The tests of a feature end at the first threshold above the value: one that is below all of them,
/// as an absent byte mostly is, costs one.
struct QuickScorer: Sendable, Equatable {
  /// Most leaves of a tree: the bits of a word. Larger trees are better walked.
  static let leafLimit = 64
  /// Most trees: each needs a word for every flow.
  static let treeLimit = 1 << 16

  private struct Test: Sendable, Equatable {
    /// The test holds for values below it.
    var threshold: Float
    var tree: UInt32
    /// The leaves that a failing test leaves over.
    var mask: UInt64
  }

  // By feature, then by threshold; of feature f those from starts[f] on.
  private var tests: [Test] = []
  private var starts: [Int] = [0]
  // Of each test, whether it fails for a missing value.
  private var failsIfMissing: [Bool] = []
  // Of all trees, one after the other; of each tree, where they begin, and the class they add to.
  private var leaves: [Float] = []
  private var firstLeaf: [Int] = [], labels: [Int] = []

  /// - Parameter trees: not empty, each node but the root a branch of one node before it.
  /// - Returns: `nil` when there are more trees than ``treeLimit``, or more leaves in one than ``leafLimit``.
  init?(_ trees: [BoostedTrees.Tree], features: Int) {
    guard trees.count <= Self.treeLimit else { return nil }
    var sorted: [(feature: Int, test: Test, failsIfMissing: Bool)] = []
    for (index, tree) in trees.enumerated() {
      guard tree.nodes.count < 2 * Self.leafLimit else { return nil }
      firstLeaf.append(leaves.count)
      labels.append(tree.label)
      // Leaves below a node; branches come after their node.
      var below = [Int](repeating: 1, count: tree.nodes.count)
      for (place, node) in tree.nodes.enumerated().reversed() where node.feature >= 0 {
        below[place] = below[Int(node.firstBranch)] + below[Int(node.firstBranch) + 1]
      }
      // The first leaf below a node, counted in its tree.
      var start = [Int](repeating: 0, count: tree.nodes.count)
      leaves += [Float](repeating: 0, count: below[0])
      for (place, node) in tree.nodes.enumerated() {
        guard node.feature >= 0 else {
          leaves[firstLeaf[index] + start[place]] = node.value
          continue
        }
        let first = Int(node.firstBranch), ruledOut = below[first]
        start[first] = start[place]
        start[first + 1] = start[place] + ruledOut
        let mask: UInt64 = ~((1 << ruledOut - 1) << start[place])
        sorted.append(
          (
            Int(node.feature), Test(threshold: node.value, tree: UInt32(index), mask: mask), !node.missingGoesFirst
          ))
      }
    }
    sorted.sort { ($0.feature, $0.test.threshold, $0.test.tree) < ($1.feature, $1.test.threshold, $1.test.tree) }
    for entry in sorted {
      while starts.count <= entry.feature { starts.append(tests.count) }
      tests.append(entry.test)
      failsIfMissing.append(entry.failsIfMissing)
    }
    while starts.count <= features { starts.append(tests.count) }
  }

  /// Adds the leaves a row comes to, in the order of the trees.
  ///
  /// - Parameters:
  ///   - scores: one for each class. - row: one value for each feature; NaN is missing.
  func add(to scores: inout [Float], _ row: [Float]) {
    var left = [UInt64](repeating: .max, count: labels.count)
    for (feature, value) in row.enumerated() {
      let range = starts[feature]..<starts[feature + 1]
      if value.isNaN {
        for place in range where failsIfMissing[place] { left[Int(tests[place].tree)] &= tests[place].mask }
        continue
      }
      for place in range {
        let test = tests[place]
        if value < test.threshold { break }
        left[Int(test.tree)] &= test.mask
      }
    }
    for tree in labels.indices {
      scores[labels[tree]] += leaves[firstLeaf[tree] + left[tree].trailingZeroBitCount]
    }
  }
}
