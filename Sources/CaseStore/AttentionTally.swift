/// Sums of attention weights by model, label and packet position, from which mean and spread are made.
struct AttentionTally {
  struct Key: Hashable {
    var model: Int64
    /// Position in the model's labels; `nil` where the model abstained.
    var label: Int?
  }

  struct Moments {
    var flows = 0
    var sum = 0.0, squareSum = 0.0
  }

  /// For each key, one entry for each packet position, first packet first.
  private(set) var moments: [Key: [Moments]] = [:]

  mutating func add(_ attention: [Float], for key: Key) {
    let weights = attention.map { Double(JSONText.rounded($0) ?? 0) / Double(JSONText.steps) }
    add(weights.map { Moments(flows: 1, sum: $0, squareSum: $0 * $0) }, for: key)
  }

  /// Adds another tally's sums to these. The order of additions shows in the last bits, so callers keep to one order.
  mutating func add(_ other: AttentionTally) {
    for (key, moments) in other.moments { add(moments, for: key) }
  }

  private mutating func add(_ added: [Moments], for key: Key) {
    var sums = moments.removeValue(forKey: key) ?? []
    for (position, moment) in added.enumerated() {
      if position == sums.count { sums.append(Moments()) }
      sums[position].flows += moment.flows
      sums[position].sum += moment.sum
      sums[position].squareSum += moment.squareSum
    }
    moments[key] = sums
  }
}
