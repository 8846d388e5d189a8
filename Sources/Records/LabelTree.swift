/// How a model's labels stand under classes: `Vpn_Streaming` and `Streaming` under `Streaming`.
package struct LabelTree: Sendable, Equatable {
  package let labels: [String]
  /// The classes, each once, in the order in which they come up.
  package let classes: [String]
  /// For each label, the place of its class.
  package let classOfLabel: [Int]
  /// For each class, the places of its labels, in their order.
  package let members: [[Int]]

  /// - Parameters:
  ///   - labels: K of them.
  ///   - parents: the name of each label's class; `nil`, or another number of them, where each label is a class of its own.
  package init(labels: [String], parents: [String]?) {
    let parents = parents?.count == labels.count ? parents ?? labels : labels
    var classes: [String] = [], places: [String: Int] = [:], members: [[Int]] = []
    classOfLabel = parents.indices.map { label in
      let place = places[parents[label], default: classes.count]
      if place == classes.count {
        places[parents[label]] = place
        classes.append(parents[label])
        members.append([])
      }
      members[place].append(label)
      return place
    }
    (self.labels, self.classes, self.members) = (labels, classes, members)
  }

  /// Whether each label is a class of its own.
  package var isFlat: Bool { classes.count == labels.count }

  /// For each label, the name of its class.
  package var parents: [String] { classOfLabel.map { classes[$0] } }

  /// The labels of a class that say more than its name: of flows seen inside a tunnel.
  package func narrower(_ place: Int) -> [Int] { members[place].filter { labels[$0] != classes[place] } }

  /// The probability of each class: the sum over its labels, in their order.
  package func classProbabilities(_ probabilities: [Float]) -> [Float] {
    var sums = [Float](repeating: 0, count: classes.count)
    for (place, probability) in zip(classOfLabel, probabilities) { sums[place] += probability }
    return sums
  }

  /// The prefix that makes this tree of its labels; `nil` where each label is a class of its own, or no prefix makes it.
  package var prefix: String? {
    for (label, place) in zip(labels, classOfLabel) where label != classes[place] && label.hasSuffix(classes[place]) {
      let prefix = String(label.dropLast(classes[place].count))
      return LabelTree(labels: labels, prefix: prefix) == self ? prefix : nil
    }
    return nil
  }

  /// The tree in which a label that begins with a prefix stands under the label that follows the prefix, where there is one.
  package init(labels: [String], prefix: String) {
    self.init(
      labels: labels,
      parents: labels.map { label in
        guard label.hasPrefix(prefix) else { return label }
        let rest = String(label.dropFirst(prefix.count))
        return labels.contains(rest) ? rest : label
      })
  }

  /// Whether a flow was given what it is not: another label, or another class.
  ///
  /// - Parameter truth: the flow's label.
  package func isWrong(_ verdict: Verdict, truth: Int) -> Bool {
    switch verdict {
    case .label(let label): label != truth
    case .classOnly(let place): place != classOfLabel[truth]
    case .abstain: false
    }
  }

  /// What a flow is given, in words; `unknown` where that is nothing.
  package func name(of verdict: Verdict) -> String {
    switch verdict {
    case .label(let label): labels[label]
    case .classOnly(let place): classes[place]
    case .abstain: "unknown"
    }
  }

  /// The class of what a flow is given; `nil` where that is nothing.
  package func place(of verdict: Verdict) -> Int? {
    switch verdict {
    case .label(let label): classOfLabel[label]
    case .classOnly(let place): place
    case .abstain: nil
    }
  }
}
