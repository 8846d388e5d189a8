import Records

/// The names that a registered model can give.
struct ModelNames {
  let labels: [String]
  let tree: LabelTree

  /// The name of what a flow is given; `nil` where the model has no such label or class.
  func name(of verdict: Verdict) -> String? {
    switch verdict {
    case .label(let place): labels.indices.contains(place) ? labels[place] : nil
    case .classOnly(let place): tree.classes.indices.contains(place) ? tree.classes[place] : nil
    case .abstain: "unknown"
    }
  }

  /// The class that a prediction is of: the one given alone, or the most probable; of equals that of the label.
  ///
  /// - Parameter label: the place of the label that is given, or of the most probable one.
  func classPlace(of prediction: Prediction, label: Int) -> Int {
    if case .classOnly(let place) = prediction.verdict { return place }
    let sums = tree.classProbabilities(prediction.probabilities)
    var best = tree.classOfLabel[label]
    for place in sums.indices where sums[place] > sums[best] { best = place }
    return best
  }
}

extension CaseWriter {
  /// The names of a registered model.
  func names(of model: Int64) throws(StoreError) -> ModelNames {
    if let known = names[model] { return known }
    let statement = try connection.prepare(
      """
      SELECT l.name, c.name FROM model_label AS l
      JOIN model_class AS c ON c.model_id = l.model_id AND c.position = l.class_position
      WHERE l.model_id = ? ORDER BY l.position
      """)
    statement.bind(model)
    var labels: [String] = [], parents: [String] = []
    while try statement.step() {
      let row = statement.row()
      guard case .text(let label) = row[0], case .text(let parent) = row[1] else { continue }
      labels.append(label)
      parents.append(parent)
    }
    guard !labels.isEmpty else {
      throw StoreError(.misuse, "model \(model) is not registered in the case '\(connection.path)'")
    }
    let found = ModelNames(labels: labels, tree: LabelTree(labels: labels, parents: parents))
    names[model] = found
    return found
  }
}
