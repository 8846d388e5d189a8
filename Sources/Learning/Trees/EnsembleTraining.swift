import Records
import Traffic

extension EnsembleTrees {
  /// Grows the trees on a network's training flows.
  ///
  /// - Parameter description: says what the trees see, their vocabulary among it.
  /// - Returns: `nil` where the description has none.
  init?(
    _ description: ModelDescription, _ options: TrainingOptions, _ dataset: Dataset, _ training: [Int]
  ) throws(TrainingError) {
    guard let ensemble = description.ensemble, let input = EnsembleInput(ensemble, description.contract) else {
      return nil
    }
    let tree = description.tree
    let sights = Self.sights(dataset, training, ensemble, seed: options.seed)
    func grow(_ labels: [String], _ trees: XGBoostOptions, _ chosen: [Int], _ label: (Int) -> Int) throws(TrainingError)
      -> BoostedTrees
    {
      let own = chosen.map { training[$0] }
      var classes = [Int](repeating: 0, count: dataset.labels.count)
      for index in own { classes[dataset.examples[index].label] = label(dataset.examples[index].label) }
      let weights = FlowWeights.weights(dataset, own, options, classes)
      var table = FeatureTable(features: input.features, labels: labels)
      for sight in sights {
        for place in chosen {
          table.append(input.values(of: sight[place]), label: label(dataset.examples[training[place]].label))
        }
      }
      do throws(XGBoostError) {
        return try BoostedTrees(
          boostingOn: table, weights: weights.map { weights in sights.flatMap { _ in weights } }, options: trees)
      } catch {
        throw TrainingError(.badData, "cannot grow the trees beside the network: \(error)")
      }
    }
    let classTrees = try grow(tree.classes, ensemble.trees, Array(training.indices)) { tree.classOfLabel[$0] }
    var labelTrees: BoostedTrees?
    if let rounds = ensemble.labelRounds {
      var trees = ensemble.trees
      trees.rounds = rounds
      let places = tree.members.reduce(into: [Int: Int]()) { places, members in
        for (place, label) in members.enumerated() { places[label] = place }
      }
      let nested = training.indices.filter {
        tree.members[tree.classOfLabel[dataset.examples[training[$0]].label]].count > 1
      }
      labelTrees = try grow(Self.places(tree), trees, nested) { places[$0] ?? 0 }
    }
    self.init(classTrees, labelTrees, input, tree, weight: ensemble.weight)
  }

  /// The training flows as trees are to see them: as they are, and perhaps once more with fields hidden.
  private static func sights(
    _ dataset: Dataset, _ training: [Int], _ ensemble: EnsembleOptions, seed: UInt64
  ) -> [[ObservedFlow]] {
    let flows = training.map { dataset.examples[$0].flow }
    guard ensemble.learnsHidden == true else { return [flows] }
    var generator = SeededGenerator(seed: seed)
    return [
      flows.map { HiddenCopy.original($0, &generator) }, flows.map { HiddenCopy.copy($0, &generator) },
    ]
  }
}

extension EnsembleOptions {
  /// The options with the words of some training flows, where the trees see names.
  func learningNames(_ dataset: Dataset, _ training: [Int]) -> EnsembleOptions {
    guard input == .fields else { return self }
    var options = self
    // A word of many captures of one small laboratory is that laboratory's.
    let large = dataset.largeLaboratories
    options.vocabulary = NameWords.vocabulary(
      training.map { index in
        let example = dataset.examples[index]
        let isWhole = !example.laboratory.isEmpty && !large.contains(example.laboratory)
        return (NameWords.words(of: example.flow.record), isWhole ? example.laboratory : example.group)
      })
    return options
  }
}
