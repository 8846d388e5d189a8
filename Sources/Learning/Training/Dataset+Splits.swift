/// How flows are set apart for testing.
package enum SplitKind: String, Sendable, CaseIterable, Codable {
  /// By chance within each class, the paper's 8-1-1: flows of one capture stand on both sides.
  case random
  /// By group, so that no capture is on both sides of training and test.
  case grouped
  /// By laboratory, so that nothing of a laboratory is on both sides.
  case laboratory
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
  /// `grouped`: whole groups are dealt out, class by class, and round i tests the groups dealt to it. Every flow of a
  /// class with at least two groups is tested exactly once, by a model that saw none of its group. Validation is drawn
  /// from the training captures: it says how long to train, but a threshold chosen on it is too hopeful for new
  /// captures.
  ///
  /// - Parameters:
  ///   - folds: rounds, at least 2. - seed: the same seed gives the same split.
  ///   - byFile: whether captures are dealt file by file, whatever their group; of a split by laboratory, those of laboratories with
  ///     more than a tenth of all flows: a model that is to be frozen with them is not much like one that never saw them.
  package func split(_ kind: SplitKind, folds: Int = 10, seed: UInt64, byFile: Bool = false) -> Split {
    var generator = SeededGenerator(seed: seed)
    let folds = max(folds, 2)
    guard kind != .random else {
      let parts = deal(Array(examples.indices), into: folds, &generator)
      let rounds = (0..<folds).map { round in
        let validation = folds > 2 ? (round + 1) % folds : nil
        let training = parts.indices.filter { $0 != round && $0 != validation }.flatMap { parts[$0] }
        return Fold(training: training.sorted(), validation: validation.map { parts[$0] } ?? [], test: parts[round])
      }
      return Split(kind: kind, folds: rounds, untestable: [])
    }
    let large = byFile ? largeLaboratories : []
    let groups = examples.map { example in
      let isWhole = kind == .laboratory && !example.laboratory.isEmpty && !large.contains(example.laboratory)
      if isWhole { return example.laboratory }
      return byFile && !example.path.isEmpty ? example.path : example.group
    }
    let table = GroupTable(
      groups: groups, targets: examples.map(\.label), labels: labels.count, folds: folds, &generator)
    let rounds = (0..<folds).map { round in
      let tested = table.testGroups(round: round)
      let test = examples.indices.filter { tested.contains(groups[$0]) }
      let rest = examples.indices.filter { !tested.contains(groups[$0]) }
      let parts = deal(rest, into: max(folds - 1, 2), &generator)
      return Fold(training: parts.dropFirst().flatMap { $0 }.sorted(), validation: parts[0], test: test)
    }
    return Split(kind: kind, folds: rounds, untestable: table.untestable)
  }

  /// Laboratories with more than a tenth of all flows.
  package var largeLaboratories: Set<String> {
    let counts = examples.reduce(into: [String: Int]()) { $0[$1.laboratory, default: 0] += 1 }
    return Set(counts.filter { 10 * $0.value > examples.count }.keys)
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

/// Which groups hold flows of which classes, and which round tests each.
struct GroupTable {
  /// Classes by group.
  private var classes: [String: Set<Int>] = [:]
  private var roundByGroup: [String: Int] = [:]
  /// Classes that have one group only, or only groups that must stay in training for the sake of another class.
  private(set) var untestable: [Int] = []

  /// - Parameters:
  ///   - groups: of each flow. - targets: its class. - labels: classes.
  init(groups: [String], targets: [Int], labels: Int, folds: Int, _ generator: inout SeededGenerator) {
    for (group, target) in zip(groups, targets) { classes[group, default: []].insert(target) }
    let names = classes.keys.sorted()
    let groups = (0..<labels).map { label in
      generator.shuffled(names.filter { classes[$0, default: []].contains(label) })
    }
    // Classes with few groups choose first: they have the least choice.
    var next = 0
    for label in groups.indices.sorted(by: { (groups[$0].count, $0) < (groups[$1].count, $1) }) {
      guard groups[label].count >= 2 else { continue }
      // Going on where the class before ended keeps the rounds of one size.
      for name in groups[label] where roundByGroup[name] == nil {
        roundByGroup[name] = next % folds
        next += 1
      }
    }
    // A group that is all a class has stays in training, whatever other classes it holds.
    for label in groups.indices where groups[label].count == 1 { roundByGroup[groups[label][0]] = nil }
    untestable = groups.indices.filter { label in
      !groups[label].isEmpty && groups[label].allSatisfy { roundByGroup[$0] == nil }
    }
  }

  /// The groups to test in a round. A class whose groups were all dealt to it keeps the first of them in training.
  func testGroups(round: Int) -> Set<String> {
    var tested = Set(roundByGroup.filter { $0.value == round }.keys)
    let labels = Set(classes.values.joined()).sorted()
    for label in labels {
      let groups = classes.filter { $0.value.contains(label) }.keys.sorted()
      if groups.count > 1, groups.allSatisfy(tested.contains) { tested.remove(groups[0]) }
    }
    return tested
  }
}
