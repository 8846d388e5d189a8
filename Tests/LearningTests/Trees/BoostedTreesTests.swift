import Testing

@testable import Learning

@Suite struct BoostedTreesTests {
  private static func options() -> XGBoostOptions {
    var options = XGBoostOptions()
    options.rounds = 12
    return options
  }

  /// What is computed here is what libxgboost computes from its own model, to the last bit, missing values included.
  @Test func scoresAreThoseOfTheLibrary() throws {
    let table = try TableText.numbers()
    let values = (0..<table.rowCount).flatMap { table.row($0) }
    let count = table.features.count
    let json = try XGBoostLibrary.train(
      values: values, features: count, labels: table.targets.map { Float($0) },
      parameters: Self.options().parameters(classes: table.labels.count), rounds: 12)
    let trees = try #require(BoostedTrees(json: json, features: table.features, labels: table.labels))
    let margins = try XGBoostLibrary.margins(json: json, values: values, features: count)
    #expect(values.contains { $0.isNaN })
    #expect((0..<table.rowCount).flatMap { trees.scores(table.row($0)) } == margins)
    #expect(try BoostedTrees(boostingOn: table, options: Self.options()) == trees)
  }

  @Test func treesLearn() throws {
    let table = try TableText.numbers()
    let model = TreeModel.xgboost(try BoostedTrees(boostingOn: table, options: Self.options()))
    let metrics = model.metrics(on: table, rows: Array(0..<table.rowCount))
    #expect(metrics.accuracy > 0.85)
    #expect(abs(model.probabilities(table.row(0)).reduce(0, +) - 1) < 1e-5)
  }

  @Test func whatCannotBeTrainedIsSaid() throws {
    #expect(throws: XGBoostError.self) { try BoostedTrees(boostingOn: try TableText.mixed()) }
    #expect(throws: XGBoostError.self) { try BoostedTrees(boostingOn: try TableText.numbers().selecting([])) }
    var options = XGBoostOptions()
    options.rounds = 0
    #expect(throws: XGBoostError.self) { try BoostedTrees(boostingOn: try TableText.numbers(), options: options) }
  }

  /// Children that lead back, out of the tree, or to a feature that is not there are no tree.
  @Test(arguments: [
    ("[1,-1,-1]", "[2,-1,-1]", "[0,0,0]", true), ("[0,-1,-1]", "[2,-1,-1]", "[0,0,0]", false),
    ("[1,-1,-1]", "[3,-1,-1]", "[0,0,0]", false), ("[1,-1,-1]", "[2,-1,-1]", "[1,0,0]", false),
    ("[1,-1]", "[2,-1,-1]", "[0,0,0]", false), ("[1,0,-1]", "[2,0,-1]", "[0,0,0]", false),
  ])
  func damagedJSONIsRefused(lefts: String, rights: String, features: String, isTree: Bool) {
    let json = """
      {"learner":{"learner_model_param":{"base_score":"5E-1"},"gradient_booster":{"model":{"tree_info":[0],"trees":[
      {"left_children":\(lefts),"right_children":\(rights),"split_indices":\(features),"split_conditions":[1,2,3],
      "default_left":[0,0,0]}]}}}}
      """
    let trees = BoostedTrees(json: Array(json.utf8), features: [Feature("a")], labels: ["x", "y"])
    #expect((trees != nil) == isTree)
  }
}
