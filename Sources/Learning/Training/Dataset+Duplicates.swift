import Traffic

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
    let encoder = PacketEncoder(contract), features = FlowFeatures(contract)
    var buffer = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    var seen: [[UInt8]: Seen] = [:]
    var report = DuplicateReport()
    var kept: [Example] = []
    for example in examples {
      let fingerprint =
        features?.fingerprint(of: example.flow) ?? encoder.fingerprint(of: example.flow, &buffer)
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

extension FlowFeatures {
  /// Bytes that are equal exactly when the features of two flows are.
  fileprivate func fingerprint(of flow: ObservedFlow) -> [UInt8] {
    values(of: flow).flatMap { value in
      stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: value.bitPattern >> $0) }
    }
  }
}

extension PacketEncoder {
  /// Bytes that are equal exactly when the encoded inputs of two flows are. Zeros at the end of a packet are left out,
  /// because the input cannot tell them from absent bytes.
  fileprivate func fingerprint(of flow: borrowing ObservedFlow, _ buffer: inout [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for index in 0..<min(contract.packets, flow.packets.count) {
      var count = copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
      while count > 0, buffer[count - 1] == 0 { count -= 1 }
      result += [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)] + buffer[..<count]
      forEachChannelValue(ofPacket: index, in: flow) { _, value in
        for shift in stride(from: 0, to: 32, by: 8) {
          result.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
      }
    }
    return result
  }
}
