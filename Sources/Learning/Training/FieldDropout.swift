import Traffic

/// Hides fields of whole flows from a network in training, so that it cannot lean on one of them alone.
///
/// A field that tells hosts or recordings apart (time to live, window, identification, timestamps) makes training captures
/// easy and says nothing of the next one. A network that often has to do without it learns what else there is.
struct FieldDropout: Sendable {
  /// Chance that a field is hidden in all packets of a flow, 0...1.
  let share: Double
  /// Whether the payload is one of the fields: not where it is all a model sees.
  private let hidesPayload: Bool

  /// - Returns: `nil` where nothing would be hidden.
  init?(_ options: TrainingOptions, _ contract: InputContract) {
    guard let share = options.fieldDropout, share > 0 else { return nil }
    self.share = share
    hidesPayload = contract.scope == .all
  }

  /// The flows at `indices`, in this order, each with fields drawn by chance replaced by zeros.
  func thinned(_ dataset: Dataset, _ indices: [Int], _ generator: inout SeededGenerator) -> Dataset {
    let examples = indices.map { index in
      var example = dataset.examples[index]
      // Every draw is made whatever came of the others: one order of the sequence for all flows.
      let fields = InputContract.MaskedField.allCases.filter { _ in Double(generator.unit()) < share }
      let payload = Double(generator.unit()) < share && hidesPayload
      example.flow.hide(Set(fields), payload: payload)
      return example
    }
    return Dataset(labels: dataset.labels, examples: examples)
  }
}

extension ObservedFlow {
  /// Replaces the bytes of some fields by zeros in every kept packet; lengths and times stay.
  package mutating func hide(_ fields: Set<InputContract.MaskedField>, payload: Bool = false) {
    guard !fields.isEmpty || payload else { return }
    let mask = FieldMask(fields)
    for packet in packets {
      let kept = packet.byteRange.clamped(to: 0..<bytes.count)
      var ranges = mask.ranges(of: packet, in: self)
      if payload { ranges.append(min(packet.payloadOffset, kept.count)..<kept.count) }
      for range in ranges {
        for place in range.clamped(to: 0..<kept.count) { bytes[kept.lowerBound + place] = 0 }
      }
    }
  }
}
