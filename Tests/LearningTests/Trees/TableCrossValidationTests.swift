import Learning
import Testing

@Suite struct TableCrossValidationTests {
  @Test(arguments: [TreeModel.Architecture.c45, .xgboost])
  func everyRowIsTestedOnce(architecture: TreeModel.Architecture) throws {
    let table = try TableText.numbers()
    var recipe = TreeRecipe()
    recipe.architecture = architecture
    recipe.xgboost.rounds = 10
    let rounds = try recipe.crossValidate(table, parts: table.folds(5, seed: 2))
    #expect(rounds.count == 5)
    #expect(rounds.reduce(0) { $0 + $1.flows } == table.rowCount)
    #expect(try recipe.crossValidate(table, parts: table.folds(5, seed: 2)) == rounds)
    let right = rounds.reduce(0.0) { $0 + $1.accuracy * Double($1.flows) } / Double(table.rowCount)
    // The largest class has about half of the rows.
    #expect(right > 0.6)
  }

  @Test func `whole groups are dealt, and a column of groups is no feature`() throws {
    var table = FeatureTable(features: [Feature("size")], labels: ["a", "b", "lone"])
    var groups: [Float] = []
    for row in 0..<90 {
      table.append([Float(row % 7)], label: row < 80 ? row % 2 : 2)
      groups.append(row < 80 ? Float(row % 8) : 99)
    }
    let parts = try #require(table.adding("group", groups).takingOut("group"))
    #expect(parts.table == table && parts.values == groups.map { "\($0)" })
    #expect(table.takingOut("group") == nil)
    let folds = table.folds(3, groups: parts.values, seed: 1)
    #expect(folds.flatMap(\.self).sorted() == Array(0..<80), "the class of one group is never tested")
    for fold in folds {
      let tested = Set(fold.map { parts.values[$0] })
      #expect((0..<90).allSatisfy { fold.contains($0) == tested.contains(parts.values[$0]) })
    }
    #expect(table.folds(3, groups: parts.values, seed: 1) == folds)
  }
}
