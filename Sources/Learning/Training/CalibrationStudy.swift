import Records

/// What models of a recipe are worth on captures and laboratories that they have not seen, from several splits, and how their answers
/// are to be read by it.
package struct CalibrationStudy: Sendable {
  package private(set) var results: [CrossValidation.Result] = []
  private let tree: LabelTree
  private let outside: Set<String>
  private let loss: LossKind
  private let errorRate: Double

  package init(_ recipe: TrainingRecipe, labels: [String], errorRate: Double) {
    let description = recipe.untrained(labels: labels)
    (tree, outside, loss) = (description.tree, Set(description.outside ?? []), description.loss)
    self.errorRate = errorRate
  }

  package mutating func append(_ result: CrossValidation.Result) { results.append(result) }

  /// Every flow tested in every split; rounds are numbered on from one split to the next.
  package var judged: [JudgedFlow] {
    var result: [JudgedFlow] = [], before = 0
    for split in results {
      result += split.judged.map { flow in
        var flow = flow
        flow.round = flow.round.map { $0 + before }
        return flow
      }
      before += split.rounds.count
    }
    return result
  }

  /// All splits together.
  package var evaluation: Evaluation { results.reduce(into: Evaluation(tree)) { $0.add($1.pooled) } }

  /// Fitted on the answers of all splits: what a model trained on all flows is to be frozen with. `nil` when no flow was tested.
  package var calibration: Calibration? {
    let splits = results.map(\.answers).filter { !$0.truths.isEmpty }
    return splits.isEmpty ? nil : Calibration(splits, loss: loss, tree: tree, errorRate: errorRate)
  }

  /// All flows tested in a way, read by rules that saw none of their round: of captures of laboratories that were trained on
  /// (`grouped`), or of laboratories left out whole. `nil` where there are none.
  package func pooled(_ kind: SplitKind, _ dataset: Dataset) -> Evaluation? {
    let large = dataset.largeLaboratories
    var evaluation = Evaluation(tree)
    for result in results {
      for flow in result.judged {
        let example = dataset.examples[flow.example]
        let isWhole = result.split.kind == .laboratory && !large.contains(example.laboratory)
        if isWhole == (kind == .laboratory) { evaluation.add(flow.prediction, truth: example.label) }
      }
    }
    return evaluation.metrics.flows > 0 ? evaluation : nil
  }

  /// What is said of flows of classes that stand for none of the others; `nil` where there are none.
  package func outsideFlows(_ dataset: Dataset) -> OutsideFlows? {
    var result = OutsideFlows()
    for flow in results.flatMap(\.judged) {
      result.add(flow.prediction, truth: dataset.examples[flow.example].label, tree, outside: outside)
    }
    return result.flows > 0 ? result : nil
  }

  /// What a model file keeps: splits by capture, by laboratory, and flows of no class.
  package func rates(_ dataset: Dataset) -> [MeasuredRates] {
    var rates = [SplitKind.grouped, .laboratory].compactMap { kind in
      pooled(kind, dataset)?.rates(split: kind.rawValue)
    }
    if let outsideFlows = outsideFlows(dataset) { rates.append(outsideFlows.rates(tree)) }
    return rates
  }
}
