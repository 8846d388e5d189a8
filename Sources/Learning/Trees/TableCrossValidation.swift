import Dispatch
import Synchronization

extension TreeRecipe {
  /// Trains and tests in rounds: each row of a part is tested once, by a model trained on all rows but those of its part.
  ///
  /// - Parameter parts: rows to test in each round.
  /// - Returns: what came of each round that has rows to test.
  package func crossValidate(_ table: FeatureTable, parts all: [[Int]]) throws(XGBoostError) -> [Metrics] {
    let parts = all.filter { !$0.isEmpty }
    let results = Mutex<[Int: Result<Metrics, XGBoostError>]>([:])
    DispatchQueue.concurrentPerform(iterations: parts.count) { round in
      let result = Result { () throws(XGBoostError) in
        let tested = Set(parts[round])
        let training = table.targets.indices.filter { !tested.contains($0) }
        return try train(table.selecting(training)).metrics(on: table, rows: parts[round])
      }
      results.withLock { $0[round] = result }
    }
    let finished = results.withLock { $0 }
    var rounds: [Metrics] = []
    for index in parts.indices { if let metrics = try finished[index]?.get() { rounds.append(metrics) } }
    return rounds
  }
}

extension TreeModel {
  /// Measures the model on some rows of a table with its features and labels.
  package func metrics(on table: FeatureTable, rows: [Int]) -> Metrics {
    var metrics = Metrics(labels: labels)
    for row in rows {
      let probabilities = probabilities(table.row(row))
      let predicted = probabilities.indices.max { (probabilities[$0], $1) < (probabilities[$1], $0) } ?? 0
      metrics.add(truth: table.targets[row], predicted: predicted, confidence: Double(probabilities[predicted]))
    }
    return metrics
  }
}
