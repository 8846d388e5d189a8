package import Records

/// What a model said of one flow whose class is known: a row behind every figure of an evaluation.
package struct JudgedFlow: Sendable {
  /// Index of the flow in its dataset.
  package var example: Int
  /// Number of the round that tested it, from 0; `nil` for a frozen model.
  package var round: Int?
  package var prediction: Prediction
  /// Likeness to a training flow; `nil` where the flow was compared with none.
  package var similarity: Float?
}

extension CrossValidation.Result {
  /// Every tested flow, round by round.
  package var judged: [JudgedFlow] {
    rounds.flatMap { round in
      zip(split.folds[round.fold].test, round.answers.answers).map { example, answer in
        JudgedFlow(
          example: example, round: round.fold, prediction: round.rule.prediction(answer), similarity: answer.similarity)
      }
    }
  }
}

extension FlowClassifier {
  /// All flows of a dataset with the model's labels, in the model's order.
  package func judge(_ dataset: Dataset) -> [JudgedFlow] {
    var scratch = InferenceScratch(for: self)
    return answers(on: dataset.examples.map(\.flow), scratch: &scratch).enumerated().map { example, answer in
      JudgedFlow(example: example, prediction: prediction(answer), similarity: answer.similarity)
    }
  }
}
