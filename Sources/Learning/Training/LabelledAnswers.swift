/// What models say about flows they were not trained on, all tested in one split.
package struct LabelledAnswers: Sendable, Equatable {
  package var answers: [NetworkAnswer] = []
  /// Class of each flow, and what a grouped split keeps together.
  package var truths: [Int] = [], groups: [String] = []
  /// The capture and the laboratory that each flow comes from.
  package var captures: [String] = [], laboratories: [String] = []

  package init() {}

  /// - Parameter indices: of the flows in the dataset, one for each answer.
  package init(_ answers: [NetworkAnswer], _ dataset: Dataset, _ indices: [Int]) {
    self.answers = answers
    for index in indices {
      let example = dataset.examples[index]
      truths.append(example.label)
      groups.append(example.group)
      captures.append(example.path.isEmpty ? example.group : example.path)
      laboratories.append(example.laboratory)
    }
  }

  package mutating func append(_ other: LabelledAnswers) {
    answers += other.answers
    truths += other.truths
    groups += other.groups
    captures += other.captures
    laboratories += other.laboratories
  }

  /// What each flow counts: a capture of n flows the root of n, so that neither the largest nor the smallest decide.
  var weights: [Double] {
    let counts = captures.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    return captures.map { 1 / Double(counts[$0] ?? 1).squareRoot() }
  }
}
