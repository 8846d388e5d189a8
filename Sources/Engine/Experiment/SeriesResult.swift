import Learning

/// The rounds of one kind of training, counted together.
struct SeriesResult {
  private(set) var metrics: Metrics
  private(set) var rounds = 0
  /// CPU time of a training, mean over the rounds.
  private(set) var seconds = 0.0
  private(set) var trainingFlows = 0
  /// By true class: the sum over its test flows of the attention to each packet position.
  private(set) var attention: [[Double]]

  /// - Returns: `nil` when none of the rounds has been run.
  init?(_ rounds: [ExperimentCell], in outcomes: [ExperimentCell: CellOutcome]) {
    let found = rounds.compactMap { outcomes[$0] }
    guard let first = found.first else { return nil }
    metrics = Metrics(labels: first.labels)
    attention = [[Double]](repeating: [], count: first.labels.count)
    for outcome in found { add(outcome) }
    seconds /= Double(found.count)
  }

  private mutating func add(_ outcome: CellOutcome) {
    rounds += 1
    seconds += outcome.seconds
    trainingFlows = outcome.trainingFlows
    metrics.add(Metrics(labels: outcome.labels, confusion: outcome.confusion))
    for (label, sums) in outcome.attention.enumerated() where label < attention.count {
      let missing = sums.count - attention[label].count
      if missing > 0 { attention[label] += [Double](repeating: 0, count: missing) }
      for (position, sum) in sums.enumerated() { attention[label][position] += sum }
    }
  }

  /// Mean attention to each packet position over the flows of a class; empty without flows or without attention.
  func meanAttention(_ label: Int) -> [Double] {
    let flows = Double(metrics.support(label))
    return flows > 0 ? attention[label].map { $0 / flows } : []
  }
}
