extension EnsembleTrees {
  /// Grows the trees on a network's training flows.
  ///
  /// - Returns: `nil` where the recipe has none.
  init?(_ recipe: TrainingRecipe, _ dataset: Dataset, _ training: [Int]) throws(TrainingError) {
    guard let options = recipe.ensemble, let features = ContractFeatures(recipe.contract) else { return nil }
    let trees: BoostedTrees
    do throws(XGBoostError) {
      trees = try BoostedTrees(boostingOn: dataset.table(of: features, training), options: options.trees)
    } catch {
      throw TrainingError(.badData, "cannot grow the trees beside the network: \(error)")
    }
    self.init(trees, features, weight: options.weight)
  }
}
