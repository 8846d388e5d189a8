import Records

/// Sums of attention by model, label and header field, all of them whole numbers: no order of addition shows in them.
struct FieldTally {
  struct Sums {
    /// Flows in which the field occurs, and the bytes of theirs that the model saw in it.
    var flows = 0, bytes = 0
    /// Sum of the weights in steps of 10^-8, and of their squares in steps of 10^-10.
    var weight = 0, square = 0

    mutating func add(_ other: Sums) {
      flows &+= other.flows
      bytes &+= other.bytes
      weight &+= other.weight
      square &+= other.square
    }
  }

  struct Label {
    /// Flows with this label of which the model says what the fields weighed.
    var flows = 0
    var fields: [HeaderField: Sums] = [:]

    mutating func add(_ other: Label) {
      flows &+= other.flows
      for (field, sums) in other.fields { fields[field, default: Sums()].add(sums) }
    }
  }

  private(set) var labels: [AttentionTally.Key: Label] = [:]

  /// - Parameter attention: empty for a model that looks at no single bytes; the flow then counts for nothing here.
  mutating func add(_ attention: [FieldAttention], for key: AttentionTally.Key) {
    if attention.isEmpty { return }
    var label = Label(flows: 1)
    for share in attention {
      let weight = share.weight.isFinite ? Double(min(max(share.weight, 0), 1)) : 0
      label.fields[share.field, default: Sums()].add(
        Sums(
          flows: 1, bytes: share.bytes, weight: Int((weight * 1e8).rounded()),
          square: Int((weight * weight * 1e10).rounded())))
    }
    labels[key, default: Label()].add(label)
  }

  mutating func add(_ other: FieldTally) {
    for (key, label) in other.labels { labels[key, default: Label()].add(label) }
  }
}
