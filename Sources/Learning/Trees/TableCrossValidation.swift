import Dispatch
import Synchronization

extension TreeRecipe {
  /// Trains and tests in rounds: each row is tested once, by a model that was not trained on it.
  ///
  /// - Parameters:
  ///   - folds: rounds, at least 2. - seed: of the dealing of rows; the result depends on nothing else.
  /// - Returns: what came of each round, on the rows it tested.
  package func crossValidate(_ table: FeatureTable, folds: Int, seed: UInt64) throws(XGBoostError) -> [Metrics] {
    let parts = table.folds(folds, seed: seed)
    let results = Mutex<[Int: Result<Metrics, XGBoostError>]>([:])
    DispatchQueue.concurrentPerform(iterations: parts.count) { round in
      let result = Result { () throws(XGBoostError) in
        let training = parts.indices.filter { $0 != round }.flatMap { parts[$0] }.sorted()
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
