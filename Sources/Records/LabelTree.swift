/// How a model's labels stand under classes: `Vpn_Streaming` and `Streaming` under `Streaming`.
package struct LabelTree: Sendable, Equatable {
  /// The classes, each once, in the order in which they come up.
  package let classes: [String]
  /// For each label, the place of its class.
  package let classOfLabel: [Int]

  /// - Parameters:
  ///   - labels: K of them.
  ///   - parents: the name of each label's class; `nil`, or another number of them, where each label is a class of its own.
  package init(labels: [String], parents: [String]?) {
    let parents = parents?.count == labels.count ? parents ?? labels : labels
    var classes: [String] = [], places: [String: Int] = [:]
    classOfLabel = parents.map { name in
      if let place = places[name] { return place }
      places[name] = classes.count
      classes.append(name)
      return classes.count - 1
    }
    self.classes = classes
  }

  /// The probability of each class: the sum over its labels, in their order.
  package func classProbabilities(_ probabilities: [Float]) -> [Float] {
    var sums = [Float](repeating: 0, count: classes.count)
    for (place, probability) in zip(classOfLabel, probabilities) { sums[place] += probability }
    return sums
  }
}
