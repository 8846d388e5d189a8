/// What removing duplicates found.
package struct DuplicateReport: Sendable, Equatable {
  /// Flows with the same input under different labels.
  package struct Conflict: Sendable, Equatable {
    /// Flows of each label before duplicates were removed, by index of label.
    package var counts: [Int: Int]
    /// The groups they come from, sorted.
    package var groups: [String]

    package init(counts: [Int: Int], groups: [String]) {
      self.counts = counts
      self.groups = groups
    }
  }

  /// Flows taken out because an earlier one had the same input and label.
  package var removed = 0
  /// Inputs that stand under more than one label, in order of first appearance. No model can tell these apart; one
  /// flow of each label stays.
  package var conflicts: [Conflict] = []
  /// Flows that stay although another label has the same input.
  package var conflictingFlows = 0
}

extension Dataset {
  /// Keeps, of all flows that look the same to a model with this contract and have the same label, the first.
  package mutating func removeDuplicates(for contract: InputContract) -> DuplicateReport {
    struct Seen {
      var order: Int
      var counts: [Int: Int] = [:]
      var groups: Set<String> = []
    }
    var fingerprints = FlowFingerprint(contract)
    var seen: [[UInt8]: Seen] = [:]
    var report = DuplicateReport()
    var kept: [Example] = []
    for example in examples {
      let fingerprint = fingerprints.bytes(of: example.flow)
      var found = seen[fingerprint] ?? Seen(order: seen.count)
      found.counts[example.label, default: 0] += 1
      found.groups.insert(example.group)
      if found.counts[example.label] == 1 { kept.append(example) } else { report.removed += 1 }
      seen[fingerprint] = found
    }
    for conflict in seen.values.filter({ $0.counts.count > 1 }).sorted(by: { $0.order < $1.order }) {
      report.conflicts.append(.init(counts: conflict.counts, groups: conflict.groups.sorted()))
      report.conflictingFlows += conflict.counts.count
    }
    examples = kept
    return report
  }
}
