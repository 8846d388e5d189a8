import Learning

/// When a model abstains, in words.
enum ThresholdText {
  static func all(_ model: ModelDescription) -> String {
    guard let thresholds = model.labelThresholds else { return "threshold \(Figure.short(model.threshold))" }
    let given = zip(model.labels, thresholds).compactMap { label, least in
      least.map { "\(label) from \(($0 * 100_000).rounded() / 100_000)" }
    }
    return given.isEmpty ? "no label is ever given" : "labels given: \(given.joined(separator: ", "))"
  }
}
