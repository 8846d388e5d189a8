import Foundation
import Records
import Traffic

/// Fits a frozen model to flows of the network it is used in: some more trees, new temperatures and thresholds.
///
/// Network and trees stay as they are. The new trees begin where these end (gradient boosting on their scores), so fifty flows move what
/// is wrong on this network and leave the rest. Temperatures and thresholds are fitted on answers about flows that the new trees had
/// not seen, captures dealt whole where there are enough; a class that these flows say too little about keeps its threshold.
package struct Adaptation {
  /// What came of it.
  package struct Result {
    package var model: FrozenModel
    /// The flows as the frozen model reads them, and as the adapted one reads flows it was not adapted on.
    package var before: Evaluation, after: Evaluation
  }

  /// Fewest flows that say anything.
  package static let leastFlows = 20
  private static let rounds = 30, depth = 3, folds = 5
  private static let largestTemperature = 30.0

  private let model: FrozenModel
  private let ensemble: EnsembleTrees
  private let errorRate: Double

  /// - Throws: `badRecipe` for a model whose trees do not know classes.
  package init(_ model: FrozenModel, errorRate: Double) throws(TrainingError) {
    guard let ensemble = model.ensemble, model.description.parents != nil else {
      throw TrainingError(
        .badRecipe,
        "this model cannot be adapted: only networks with trees beside them whose labels stand under classes can")
    }
    (self.model, self.ensemble, self.errorRate) = (model, ensemble, errorRate)
  }

  /// - Parameter dataset: flows with the model's labels, in the model's order.
  /// - Throws: `badData` for fewer flows than ``leastFlows``, or of one class only.
  package func adapted(to dataset: Dataset, seed: UInt64) throws(TrainingError) -> Result {
    let tree = model.description.tree
    let all = Array(dataset.examples.indices)
    guard all.count >= Self.leastFlows else {
      throw TrainingError(
        .badData, "\(all.count.counted("flow")) are too few to adapt a model to; it takes \(Self.leastFlows)")
    }
    guard Set(all.map { tree.classOfLabel[dataset.examples[$0].label] }).count > 1 else {
      throw TrainingError(.badData, "all flows are of one class: a model cannot be adapted to them")
    }
    let answers = Self.answers(model, dataset, all)
    let scores = answers.map { answer in
      tree.members.map { Softmax.logarithmOfSum($0.map { answer.outputs[$0] }) }
    }
    var unseen = LabelledAnswers()
    for fold in rounds(dataset, seed: seed) {
      let known = all.filter { !fold.contains($0) }
      let part = try extended(dataset, known, scores, seed: seed)
      unseen.append(LabelledAnswers(Self.answers(part, dataset, fold), dataset, fold))
    }
    let rule = self.rule(unseen)
    var adapted = try extended(dataset, all, scores, seed: seed)
    do throws(ModelFileError) {
      try adapted.revise { description in
        description.decisionRule = rule
        description.training?.adaptedFlows = all.count
      }
    } catch {
      throw TrainingError(.badData, "adaptation ended without a usable model: \(error.message)")
    }
    let before = LabelledAnswers(answers, dataset, all)
    return Result(
      model: adapted, before: Evaluation(before, model.description.decisionRule), after: Evaluation(unseen, rule))
  }

  private static func answers(_ model: FrozenModel, _ dataset: Dataset, _ indices: [Int]) -> [NetworkAnswer] {
    let classifier = FlowClassifier(model)
    var scratch = InferenceScratch(for: classifier)
    return classifier.answers(on: indices.map { dataset.examples[$0].flow }, scratch: &scratch)
  }

  /// The flows of each round's test: whole captures where there are as many as rounds, else flows.
  private func rounds(_ dataset: Dataset, seed: UInt64) -> [[Int]] {
    let groups = Set(dataset.examples.map(\.group))
    var generator = SeededGenerator(seed: seed)
    let names = groups.count >= Self.folds ? generator.shuffled(groups.sorted()) : []
    let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0 % Self.folds) })
    let order = generator.shuffled(Array(dataset.examples.indices))
    var rounds = [[Int]](repeating: [], count: Self.folds)
    for (index, example) in order.enumerated() {
      rounds[place[dataset.examples[example].group] ?? index % Self.folds].append(example)
    }
    return rounds.map { $0.sorted() }.filter { !$0.isEmpty }
  }

  /// The model with trees grown on some flows.
  private func extended(
    _ dataset: Dataset, _ chosen: [Int], _ scores: [[Float]], seed: UInt64
  ) throws(TrainingError) -> FrozenModel {
    let tree = model.description.tree
    // The trees begin from scores as sure as they are right on these flows: from surer ones no gradient would be left.
    let temperature = min(
      Self.largestTemperature,
      Temperature.fitted(
        chosen.map { scores[$0].map { Double($0) } }, chosen.map { tree.classOfLabel[dataset.examples[$0].label] }))
    var options = XGBoostOptions()
    (options.rounds, options.maximumDepth, options.learningRate) = (Self.rounds, Self.depth, 0.2)
    (options.featureShare, options.seed) = (0.3, seed & UInt64(Int32.max))
    do throws(XGBoostError) {
      let table = ensemble.table(dataset, chosen) { tree.classOfLabel[$0] }
      let added = try BoostedTrees(
        boostingOn: table, margins: chosen.flatMap { scores[$0].map { $0 / Float(temperature) } },
        options: options)
      // In the new trees' scale scores are divided by the temperature; the ensemble multiplies trees by its weight.
      let grown = ensemble.adding(added, scale: temperature)
      var tensors = model.tensors
      for (name, tensor) in grown.tensors { tensors[name] = tensor }
      return try Self.model(model.description, tensors)
    } catch {
      throw TrainingError(.badData, "cannot grow trees on these flows: \(error)")
    }
  }

  private static func model(
    _ description: ModelDescription, _ tensors: [String: Tensor]
  ) throws(XGBoostError) -> FrozenModel {
    do { return try FrozenModel(description, tensors: tensors) } catch {
      throw XGBoostError(description: error.message)
    }
  }

  /// Fitted on the flows, and for what they say too little about as it was.
  private func rule(_ unseen: LabelledAnswers) -> DecisionRule {
    let old = model.description.decisionRule
    var rule = NestedCalibration(old.tree, old.loss, errorRate: errorRate).rule([unseen])
    if rule.threshold >= 1 { rule.threshold = old.threshold }
    let common = rule.threshold
    rule.classThresholds = old.tree.classes.indices.map { place in
      if let fitted = rule.classThresholds?[place] { return fitted }
      // A model without thresholds of classes has the common one.
      return old.classThresholds.map { $0[place].map { max($0, common) } } ?? common
    }
    rule.labelThresholds = old.tree.labels.indices.map { label in
      rule.labelThresholds?[label] ?? old.labelThresholds.map { $0[label] } ?? common
    }
    return rule
  }
}
