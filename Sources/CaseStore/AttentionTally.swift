import Records

/// Sums of attention weights by model, label and packet position, from which mean and spread are made. All are whole numbers:
/// no order of addition shows in them.
struct AttentionTally {
  struct Key: Hashable {
    var model: Int64
    var verdict: Verdict
  }

  struct Moments {
    var flows = 0
    /// Sum of the weights in steps of 10^-8, and of their squares in steps of 10^-10.
    var sum = 0, squareSum = 0
  }

  /// For each key, one entry for each packet position, first packet first.
  private(set) var moments: [Key: [Moments]] = [:]
  private(set) var fields = FieldTally()

  mutating func add(_ prediction: Prediction, for key: Key) {
    fields.add(prediction.fieldAttention, for: key)
    let attention = prediction.attention
    Self.add(attention.count, to: &moments[key, default: []]) { position in
      let steps = JSONText.rounded(attention[position]) ?? 0
      let weight = Double(steps) / Double(JSONText.steps)
      return Moments(flows: 1, sum: steps, squareSum: Int((weight * weight * 1e10).rounded()))
    }
  }

  /// Adds another tally's sums to these.
  mutating func add(_ other: AttentionTally) {
    fields.add(other.fields)
    for (key, added) in other.moments {
      Self.add(added.count, to: &moments[key, default: []]) { added[$0] }
    }
  }

  private static func add(_ count: Int, to sums: inout [Moments], _ added: (Int) -> Moments) {
    for position in 0..<count {
      if position == sums.count { sums.append(Moments()) }
      let moment = added(position)
      sums[position].flows &+= moment.flows
      sums[position].sum &+= moment.sum
      sums[position].squareSum &+= moment.squareSum
    }
  }
}
