package import Traffic

/// A flow with its true label.
package struct Example: Sendable {
  package var flow: ObservedFlow
  /// Index in the dataset's labels.
  package var label: Int
  /// What must not be on both sides of a grouped split: by custom the capture the flow comes from.
  package var group: String
  /// The capture that holds the flow's first packet, as a case names it; empty where that is not known.
  package var path: String
  /// Who recorded the capture; empty where that is not known.
  package var laboratory: String

  package init(flow: ObservedFlow, label: Int, group: String, path: String = "", laboratory: String = "") {
    self.laboratory = laboratory
    self.flow = flow
    self.label = label
    self.group = group
    self.path = path
  }
}

/// Labelled flows to train and measure on.
package struct Dataset: Sendable {
  package let labels: [String]
  package internal(set) var examples: [Example]

  /// - Parameter examples: flows whose label is an index of `labels`; others are dropped.
  package init(labels: [String], examples: [Example]) {
    self.labels = labels
    self.examples = examples.filter { labels.indices.contains($0.label) }
  }

  /// Flows of each class.
  package var counts: [Int] { counts(of: Array(examples.indices)) }

  /// Flows of each class among some.
  package func counts(of indices: [Int]) -> [Int] {
    indices.reduce(into: [Int](repeating: 0, count: labels.count)) { $0[examples[$1].label] += 1 }
  }

  /// Takes out the flows that a contract gives to no model.
  /// - Returns: how many, by the name that stands for them.
  package mutating func removeLeftOut(by contract: InputContract) -> [String: Int] {
    var removed: [String: Int] = [:]
    examples = examples.filter { example in
      guard let name = contract.leftOutName(example.flow.record) else { return true }
      removed[name, default: 0] += 1
      return false
    }
    return removed
  }
}
