extension CrossValidation.Result {
  /// Gives each round a decision rule fitted on the answers of the other rounds, and measures it anew.
  ///
  /// Validation flows drawn from the training captures make thresholds far too hopeful for new captures: on these a
  /// model is wrong more often, and no less sure. The other rounds' answers are about captures their models had not
  /// seen, and none of them is about the captures of this round, so what a round measures is what its rule is worth.
  mutating func calibrateAcrossRounds(_ loss: LossKind, _ errorRate: Double) {
    let labels = pooled.metrics.labels
    func fitted(without left: Int?) -> Calibration? {
      let others = rounds.indices.filter { $0 != left }.map { rounds[$0].answers }
      let truths = others.flatMap(\.truths)
      guard !truths.isEmpty else { return nil }
      return Calibration(
        others.flatMap(\.answers), truths: truths, groups: others.flatMap(\.groups), labels: labels.count, loss: loss,
        errorRate: errorRate)
    }
    calibration = fitted(without: nil)
    var total = Evaluation(labels: labels)
    for index in rounds.indices {
      if let calibration = fitted(without: index) {
        rounds[index].calibration = calibration
        rounds[index].rule = calibration.rule
        rounds[index].evaluation = Evaluation(rounds[index].answers, labels: labels, calibration.rule)
      }
      total.add(rounds[index].evaluation)
    }
    pooled = total
  }
}
