/// Trees whose leaves add up to a score for each class (Chen and Guestrin 2016), trained by libxgboost and computed here.
package struct BoostedTrees: Sendable, Equatable {
  package let features: [Feature]
  package let labels: [String]
  /// Score of every class before the first tree.
  let baseScore: Float
  let trees: [Tree]

  struct Tree: Sendable, Equatable {
    /// The class whose score the leaves add to.
    var label: Int
    /// Nodes level by level from the root; the two branches of a node follow those of the nodes before it.
    var nodes: [Node]
  }

  struct Node: Sendable, Equatable {
    /// Index in `features`; -1 for a leaf.
    var feature: Int32
    /// Values below it go to the first branch; of a leaf, what it adds.
    var value: Float
    /// Whether a missing value goes to the first branch.
    var missingGoesFirst: Bool
    /// Index of the first branch in its tree; 0 for a leaf.
    var firstBranch: Int32
  }

  package var treeCount: Int { trees.count }
  package var nodeCount: Int { trees.reduce(0) { $0 + $1.nodes.count } }

  /// Scores of the classes for one row, added tree by tree in single precision, as libxgboost does.
  ///
  /// - Parameter row: one value for each feature; NaN is missing. A row of another length counts as all missing.
  package func scores(_ row: [Float]) -> [Float] {
    scores(rows: row.count == features.count ? row : [Float](repeating: .nan, count: features.count))
  }

  /// Scores of the classes for some rows, [rows, K]: each row's are those it would have alone.
  ///
  /// A tree is walked by all rows before the next one is: its nodes stay in the nearest cache.
  ///
  /// - Parameter rows: row-major, one value for each feature.
  func scores(rows: [Float]) -> [Float] {
    let width = features.count, classes = labels.count, count = rows.count / width
    var scores = [Float](repeating: baseScore, count: count * classes)
    for tree in trees {
      let nodes = tree.nodes
      for row in 0..<count {
        var node = nodes[0]
        // A branch comes after its node, so this ends.
        while node.feature >= 0 {
          let value = rows[row * width + Int(node.feature)]
          let goesFirst = value.isNaN ? node.missingGoesFirst : value < node.value
          node = nodes[Int(node.firstBranch) + (goesFirst ? 0 : 1)]
        }
        scores[row * classes + tree.label] += node.value
      }
    }
    return scores
  }

  /// The probability of each class: softmax of the scores.
  package func probabilities(_ row: [Float]) -> [Float] { Softmax.probabilities(scores(row)) }
}
