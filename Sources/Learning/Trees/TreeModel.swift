/// A trained tree model of either kind, behind one interface.
package enum TreeModel: Sendable, Equatable {
  case c45(C45Tree)
  case xgboost(BoostedTrees)

  /// The kinds, by the names model files and commands give them.
  package enum Architecture: String, Sendable, CaseIterable {
    case c45 = "c4.5"
    case xgboost
  }

  package var architecture: Architecture {
    switch self {
    case .c45: .c45
    case .xgboost: .xgboost
    }
  }

  package var features: [Feature] {
    switch self {
    case .c45(let tree): tree.features
    case .xgboost(let trees): trees.features
    }
  }

  package var labels: [String] {
    switch self {
    case .c45(let tree): tree.labels
    case .xgboost(let trees): trees.labels
    }
  }

  /// The probability of each class for one row; NaN is a missing value.
  package func probabilities(_ row: [Float]) -> [Float] {
    switch self {
    case .c45(let tree): tree.probabilities(row)
    case .xgboost(let trees): trees.probabilities(row)
    }
  }

  /// As ``probabilities(_:)``, but a leaf that has seen few cases is not sure (Laplace's correction): what a threshold
  /// on confidence needs.
  package func cautiousProbabilities(_ row: [Float]) -> [Float] {
    switch self {
    case .c45(let tree): tree.probabilities(row, prior: 1)
    case .xgboost(let trees): trees.probabilities(row)
    }
  }

  /// Size in a few words.
  package var summary: String {
    switch self {
    case .c45(let tree): "\(tree.nodeCount) nodes, \(tree.leafCount) leaves"
    case .xgboost(let trees): "\(trees.treeCount) trees, \(trees.nodeCount) nodes"
    }
  }
}

/// How a tree model is made.
package struct TreeRecipe: Sendable, Equatable {
  package var architecture = TreeModel.Architecture.c45
  package var c45 = C45Options()
  package var xgboost = XGBoostOptions()

  package init() {}

  /// Why no model can be made so, as a sentence; `nil` when it can.
  package var fault: String? { architecture == .c45 ? c45.fault : xgboost.fault }

  /// The options that count for this architecture, by name: what a model file keeps.
  package var optionTexts: [String: String] {
    switch architecture {
    case .c45:
      [
        "minimum_cases": "\(c45.minimumCases)", "confidence": "\(c45.confidence)", "is_pruned": "\(c45.isPruned)",
        "raises_subtrees": "\(c45.raisesSubtrees)",
      ]
    case .xgboost:
      [
        "rounds": "\(xgboost.rounds)", "maximum_depth": "\(xgboost.maximumDepth)",
        "learning_rate": "\(xgboost.learningRate)", "row_share": "\(xgboost.rowShare)",
        "feature_share": "\(xgboost.featureShare)", "minimum_weight": "\(xgboost.minimumWeight)",
        "seed": "\(xgboost.seed)",
      ]
    }
  }

  /// Trains on all rows of a table. The same table and recipe give the same model.
  package func train(_ table: FeatureTable) throws(XGBoostError) -> TreeModel {
    switch architecture {
    case .c45: .c45(C45Tree(growingOn: table, options: c45))
    case .xgboost: .xgboost(try BoostedTrees(boostingOn: table, options: xgboost))
    }
  }
}
