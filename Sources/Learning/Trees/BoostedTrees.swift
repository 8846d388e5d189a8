/// Trees whose leaves add up to a score for each class (Chen and Guestrin 2016), trained by libxgboost and computed here.
package struct BoostedTrees: Sendable, Equatable {
  package let features: [Feature]
  package let labels: [String]
  /// Score of every class before the first tree.
  let baseScore: Float
  let trees: [Tree]
  /// Whether nodes say what they are expected to add.
  let knowsExpected: Bool
  private let scorer: QuickScorer?

  /// - Parameter trees: not empty, features and labels in range, each node but the root a branch of one node before it.
  init(features: [Feature], labels: [String], baseScore: Float, trees: [Tree], knowsExpected: Bool = false) {
    self.knowsExpected = knowsExpected
    self.features = features
    self.labels = labels
    self.baseScore = baseScore
    self.trees = trees
    scorer = QuickScorer(trees, features: features.count)
  }

  struct Tree: Sendable, Equatable {
    /// The class whose score the leaves add to.
    var label: Int
    /// Nodes level by level from the root; the two branches of a node follow those of the nodes before it.
    var nodes: [Node]

    /// What the leaf adds that a row comes to.
    func leaf(of row: [Float]) -> Float {
      var node = nodes[0]
      // A branch comes after its node, so this ends.
      while node.feature >= 0 {
        let value = row[Int(node.feature)]
        let goesFirst = value.isNaN ? node.missingGoesFirst : value < node.value
        node = nodes[Int(node.firstBranch) + (goesFirst ? 0 : 1)]
      }
      return node.value
    }
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
    /// What the leaves below add on average over the training rows; of a leaf, what it adds. 0 where that is not known.
    var expected: Float = 0
  }

  /// Hands out, for each test on the way of a row through the trees of one class, its feature and by how much the branch taken changes
  /// what the tree is expected to add (Saabas 2014). Root and changes add up to the leaves, so to the score.
  func forEachChange(of label: Int, _ row: [Float], _ body: (_ feature: Int, _ change: Float) -> Void) {
    guard knowsExpected, row.count == features.count else { return }
    for tree in trees where tree.label == label {
      var node = tree.nodes[0]
      while node.feature >= 0 {
        let value = row[Int(node.feature)]
        let goesFirst = value.isNaN ? node.missingGoesFirst : value < node.value
        let next = tree.nodes[Int(node.firstBranch) + (goesFirst ? 0 : 1)]
        body(Int(node.feature), next.expected - node.expected)
        node = next
      }
    }
  }

  package var treeCount: Int { trees.count }
  package var nodeCount: Int { trees.reduce(0) { $0 + $1.nodes.count } }

  /// Scores of the classes for one row, added tree by tree in single precision, as libxgboost does.
  ///
  /// - Parameter row: one value for each feature; NaN is missing. A row of another length counts as all missing.
  package func scores(_ row: [Float]) -> [Float] {
    var scores = [Float](repeating: baseScore, count: labels.count)
    let row = row.count == features.count ? row : [Float](repeating: .nan, count: features.count)
    if let scorer {
      scorer.add(to: &scores, row)
    } else {
      for tree in trees { scores[tree.label] += tree.leaf(of: row) }
    }
    return scores
  }

  /// The probability of each class: softmax of the scores.
  package func probabilities(_ row: [Float]) -> [Float] { Softmax.probabilities(scores(row)) }
}
