/// How well predictions agree with the truth, Eq. (11) and (12).
package struct Metrics: Sendable, Equatable {
  package let labels: [String]
  /// Flows by true class (first index) and predicted class (second).
  package private(set) var confusion: [[Int]]
  /// 15 bins of confidence of equal width, from 0 to 1.
  package private(set) var bins = [Bin](repeating: Bin(), count: 15)

  /// The flows whose confidence lies in one stretch.
  package struct Bin: Sendable, Equatable {
    package var flows = 0, correct = 0
    /// Sum over the flows.
    package var confidence = 0.0

    package init() {}
  }

  package init(labels: [String]) {
    self.labels = labels
    confusion = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
  }

  /// Takes a confusion matrix over, without confidences: ``calibrationError`` then says nothing.
  ///
  /// - Parameter confusion: flows by true and predicted class; what has no label is left out, and numbers below 0 or
  ///   beyond 2^40 count as those.
  package init(labels: [String], confusion: [[Int]]) {
    self.init(labels: labels)
    for (truth, row) in confusion.prefix(labels.count).enumerated() {
      for (predicted, count) in row.prefix(labels.count).enumerated() {
        self.confusion[truth][predicted] = min(max(count, 0), 1 << 40)
      }
    }
  }

  /// Counts one flow. Classes are indices of `labels`; the confidence is that of the predicted class, 0...1.
  package mutating func add(truth: Int, predicted: Int, confidence: Double) {
    guard labels.indices.contains(truth), labels.indices.contains(predicted) else { return }
    confusion[truth][predicted] += 1
    let index = min(max(Int(confidence * Double(bins.count)), 0), bins.count - 1)
    bins[index].flows += 1
    bins[index].correct += truth == predicted ? 1 : 0
    bins[index].confidence += confidence
  }

  /// Adds the counts of another measurement of the same labels.
  package mutating func add(_ other: Metrics) {
    guard labels == other.labels else { return }
    for truth in labels.indices {
      for predicted in labels.indices { confusion[truth][predicted] += other.confusion[truth][predicted] }
    }
    for index in bins.indices {
      bins[index].flows += other.bins[index].flows
      bins[index].correct += other.bins[index].correct
      bins[index].confidence += other.bins[index].confidence
    }
  }

  package var flows: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

  /// Flows of a true class.
  package func support(_ label: Int) -> Int { confusion[label].reduce(0, +) }

  /// Share of flows with the right label; 0 of none.
  package var accuracy: Double { Self.ratio(labels.indices.reduce(0) { $0 + confusion[$1][$1] }, flows) }

  /// TP / (TP + FP); 0 when nothing was predicted so.
  package func precision(_ label: Int) -> Double {
    Self.ratio(confusion[label][label], labels.indices.reduce(0) { $0 + confusion[$1][label] })
  }

  /// TP / (TP + FN); 0 when nothing is so.
  package func recall(_ label: Int) -> Double { Self.ratio(confusion[label][label], support(label)) }

  /// 2 P R / (P + R); 0 when both are 0.
  package func f1(_ label: Int) -> Double {
    let sum = precision(label) + recall(label)
    return sum > 0 ? 2 * precision(label) * recall(label) / sum : 0
  }

  /// Mean of F1 over the classes that occur in the truth; 0 without any.
  package var macroF1: Double { average(isWeighted: false) { f1($0) } }

  /// A figure of each class, averaged over the classes that occur in the truth; 0 without any.
  ///
  /// - Parameter isWeighted: whether a class counts by its flows instead of once.
  package func average(isWeighted: Bool, _ figure: (_ label: Int) -> Double) -> Double {
    let weights = labels.indices.map { support($0) > 0 ? (isWeighted ? Double(support($0)) : 1) : 0 }
    let sum = weights.reduce(0, +)
    return sum > 0 ? labels.indices.reduce(0) { $0 + weights[$1] * figure($1) } / sum : 0
  }

  /// Expected calibration error: mean distance of confidence and accuracy over the bins, weighted by their flows.
  package var calibrationError: Double {
    guard flows > 0 else { return 0 }
    return bins.reduce(0) { $0 + ($1.confidence - Double($1.correct)).magnitude } / Double(flows)
  }

  private static func ratio(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
}
