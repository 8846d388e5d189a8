/// How flows are set apart for testing.
package enum SplitKind: String, Sendable, CaseIterable, Codable {
  /// By chance within each class, the paper's 8-1-1: flows of one capture stand on both sides.
  case random
  /// By group, so that no capture is on both sides of training and test.
  case grouped
}

/// The flows of one round of training, validation and test, as indices of a dataset; no index is in two lists.
package struct Fold: Sendable, Equatable {
  package var training: [Int], validation: [Int], test: [Int]

  package init(training: [Int], validation: [Int], test: [Int]) {
    self.training = training
    self.validation = validation
    self.test = test
  }
}

/// The rounds of a cross-validation.
package struct Split: Sendable, Equatable {
  package var kind: SplitKind
  package var folds: [Fold]
  /// Classes of a grouped split whose flows are all in one group: they are trained on, but no test can say anything
  /// of them. Indices of the dataset's labels.
  package var untestable: [Int]
}

extension Dataset {
  /// Cuts the dataset into rounds.
  ///
  /// `random`: each class is dealt out to `folds` parts; round i tests part i and validates on part i + 1.
  ///
  /// `grouped`: in each round every class with at least two groups has whole groups in the test, about 1 / `folds` of
  /// its flows or one group, and others in training. Which groups goes round with the rounds, so that with fewer
  /// groups than rounds a flow is tested more than once. Validation is drawn from the training captures: it says how
  /// long to train, but a threshold chosen on it is too hopeful for new captures.
  ///
  /// - Parameters:
  ///   - folds: rounds, at least 2. - seed: the same seed gives the same split.
  package func split(_ kind: SplitKind, folds: Int = 10, seed: UInt64) -> Split {
    var generator = SeededGenerator(seed: seed)
    let folds = max(folds, 2)
    guard kind == .grouped else {
      let parts = deal(Array(examples.indices), into: folds, &generator)
      let rounds = (0..<folds).map { round in
        let validation = folds > 2 ? (round + 1) % folds : nil
        let training = parts.indices.filter { $0 != round && $0 != validation }.flatMap { parts[$0] }
        return Fold(training: training.sorted(), validation: validation.map { parts[$0] } ?? [], test: parts[round])
      }
      return Split(kind: kind, folds: rounds, untestable: [])
    }
    var table = GroupTable(self, &generator)
    let rounds = (0..<folds).map { round in
      let tested = table.testGroups(round: round, folds: folds)
      let test = examples.indices.filter { tested.contains(examples[$0].group) }
      let rest = examples.indices.filter { !tested.contains(examples[$0].group) }
      let parts = deal(rest, into: max(folds - 1, 2), &generator)
      return Fold(training: parts.dropFirst().flatMap { $0 }.sorted(), validation: parts[0], test: test)
    }
    return Split(kind: kind, folds: rounds, untestable: table.untestable)
  }

  /// Sets a share of some flows aside, class by class.
  package func setAside(_ fraction: Double, of indices: [Int], seed: UInt64) -> (rest: [Int], aside: [Int]) {
    var generator = SeededGenerator(seed: seed)
    guard fraction > 0 else { return (indices, []) }
    let parts = deal(indices, into: max(2, Int((1 / fraction).rounded())), &generator)
    return (parts.dropFirst().flatMap { $0 }.sorted(), parts[0])
  }

  /// Deals flows out to parts, class by class, each class in an order drawn by chance. Each part is sorted.
  private func deal(_ indices: [Int], into parts: Int, _ generator: inout SeededGenerator) -> [[Int]] {
    var result = [[Int]](repeating: [], count: parts)
    var next = 0
    for label in labels.indices {
      for index in generator.shuffled(indices.filter { examples[$0].label == label }) {
        // Going on where the class before ended keeps the parts of one size.
        result[next % parts].append(index)
        next += 1
      }
    }
    // The part that gets one flow more than others is the last, so that training sets are not robbed.
    return result.reversed().map { $0.sorted() }
  }
}

/// Which groups hold flows of which classes.
private struct GroupTable {
  /// Flows of each class by group.
  private var counts: [String: [Int]] = [:]
  /// For each class its groups in an order drawn by chance.
  private var groups: [[String]] = []
  private(set) var untestable: [Int] = []

  init(_ dataset: Dataset, _ generator: inout SeededGenerator) {
    for example in dataset.examples {
      counts[example.group, default: [Int](repeating: 0, count: dataset.labels.count)][example.label] += 1
    }
    let names = counts.keys.sorted()
    for label in dataset.labels.indices {
      groups.append(generator.shuffled(names.filter { counts[$0, default: []][label] > 0 }))
    }
    untestable = groups.indices.filter { groups[$0].count < 2 }.filter { !groups[$0].isEmpty }
    let never = groups.indices.filter { label in
      groups[label].count >= 2 && groups[label].allSatisfy { !isSpare($0, beside: []) }
    }
    untestable = (untestable + never).sorted()
  }

  /// The groups to test in a round.
  mutating func testGroups(round: Int, folds: Int) -> Set<String> {
    var tested: Set<String> = []
    // Classes with few groups choose first: they have the least choice.
    for label in groups.indices.sorted(by: { (groups[$0].count, $0) < (groups[$1].count, $1) }) {
      let names = groups[label]
      guard names.count >= 2 else { continue }
      let total = names.reduce(0) { $0 + flows($1, label) }
      var share = names.reduce(0) { $0 + (tested.contains($1) ? flows($1, label) : 0) }
      let first = round * max(1, names.count / folds) % names.count
      for name in names[first...] + names[..<first] where share * folds < total && !tested.contains(name) {
        if share > 0 && (share + flows(name, label)) * folds > 2 * total { continue }
        if isSpare(name, beside: tested) {
          tested.insert(name)
          share += flows(name, label)
        }
      }
    }
    return tested
  }

  private func flows(_ group: String, _ label: Int) -> Int { counts[group, default: []][label] }

  /// Whether every class of a group keeps another group to train on once `tested` and this one are taken away.
  private func isSpare(_ group: String, beside tested: Set<String>) -> Bool {
    groups.indices.allSatisfy { label in
      flows(group, label) == 0 || groups[label].contains { $0 != group && !tested.contains($0) }
    }
  }
}
