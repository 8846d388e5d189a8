import Records

extension CrossValidation.Result {
  /// Gives each round a decision rule fitted on the answers of the other rounds, and measures it anew.
  ///
  /// Validation flows drawn from the training captures make thresholds far too hopeful for new captures: on these a
  /// model is wrong more often, and no less sure. The other rounds' answers are about captures their models had not
  /// seen, and none of them is about the captures of this round, so what a round measures is what its rule is worth.
  mutating func calibrateAcrossRounds(_ loss: LossKind, _ tree: LabelTree, _ errorRate: Double) {
    func fitted(without left: Int?) -> Calibration? {
      var others = LabelledAnswers()
      for index in rounds.indices where index != left { others.append(rounds[index].answers) }
      guard !others.truths.isEmpty else { return nil }
      return Calibration([others], loss: loss, tree: tree, errorRate: errorRate)
    }
    calibration = fitted(without: nil)
    var total = Evaluation(tree)
    for index in rounds.indices {
      if let calibration = fitted(without: index) {
        rounds[index].calibration = calibration
        rounds[index].rule = calibration.rule
        rounds[index].evaluation = Evaluation(rounds[index].answers, calibration.rule)
      }
      total.add(rounds[index].evaluation)
    }
    pooled = total
  }

  /// The answers of all rounds.
  package var answers: LabelledAnswers {
    rounds.reduce(into: LabelledAnswers()) { $0.append($1.answers) }
  }
}
