extension CrossValidation.Result {
  /// Gives each round a temperature and a threshold fitted on the answers of the other rounds, and measures it anew.
  ///
  /// Validation flows drawn from the training captures make a threshold far too hopeful for new captures: on these a model is
  /// wrong more often, and no less sure. The other rounds' answers are about captures their models had not seen, and
  /// none of them is about the captures of this round, so what a round measures is what its threshold is worth.
  mutating func calibrateAcrossRounds(_ loss: LossKind, _ errorRate: Double) {
    func fitted(without left: Int?) -> Calibration? {
      let others = rounds.indices.filter { $0 != left }.map { rounds[$0].answers }
      let truths = others.flatMap(\.truths)
      guard !truths.isEmpty else { return nil }
      return Calibration(
        outputs: others.flatMap(\.outputs), truths: truths, loss: loss, errorRate: errorRate,
        // The rule of three: with fewer flows, not even a threshold without one error shows the rate at 95 % confidence.
        leastFlows: Int(min((3 / errorRate).rounded(.up), 1e9)))
    }
    calibration = fitted(without: nil)
    var total = Evaluation(labels: pooled.metrics.labels)
    for index in rounds.indices {
      if let calibration = fitted(without: index) {
        rounds[index].calibration = calibration
        rounds[index].evaluation = Evaluation(
          rounds[index].answers, labels: total.metrics.labels, loss: loss, temperature: calibration.temperature,
          threshold: calibration.threshold)
      }
      total.add(rounds[index].evaluation)
    }
    pooled = total
  }
}
