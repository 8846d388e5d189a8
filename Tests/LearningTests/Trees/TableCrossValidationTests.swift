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
}
