import Records
import Traffic

/// Sums of attention weights by header field, over the bytes of a packet and then over the packets of a flow.
///
/// Each sum has one order, that of the bytes and of the packets, so it has the same bits in any batch.
struct FieldShares {
  private struct Share {
    var weight = 0.0
    var bytes = 0
  }

  private static let fields = HeaderField.allCases
  // By place in `HeaderField.allCases`; empty for a packet without bytes.
  private var shares: [Share] = []

  /// No bytes.
  init() {}

  /// - Parameters:
  ///   - attention: weights of the packet's bytes.
  ///   - spans: what these bytes are, in order.
  init(_ attention: [Float], _ spans: [FieldSpan]) {
    shares = Self.vacant
    for span in spans {
      let range = span.range.clamped(to: attention.indices)
      var sum = 0.0
      for index in range { sum += Double(attention[index]) }
      let place = Self.place(span.field)
      shares[place].weight += sum
      shares[place].bytes += range.count
    }
  }

  /// What each field weighed in a flow: its packets' shares, weighted with the packets' attention.
  ///
  /// - Returns: the fields that occur, in the order of `HeaderField.allCases`; their weights sum to 1.
  static func combined(_ packets: [FieldShares], _ attention: [Float]) -> [FieldAttention] {
    var sums = vacant
    var withoutBytes: Double?
    for (packet, weight) in zip(packets, attention) {
      if packet.shares.isEmpty { withoutBytes = (withoutBytes ?? 0) + Double(weight) }
      for (place, share) in packet.shares.enumerated() where share.bytes > 0 {
        sums[place].weight += Double(weight) * share.weight
        sums[place].bytes += share.bytes
      }
    }
    var result: [FieldAttention] = []
    for (field, sum) in zip(fields, sums) where sum.bytes > 0 {
      result.append(FieldAttention(field: field, weight: Float(sum.weight), bytes: sum.bytes))
    }
    if let withoutBytes { result.append(FieldAttention(field: .none, weight: Float(withoutBytes), bytes: 0)) }
    return result
  }

  private static let vacant = [Share](repeating: Share(), count: fields.count)
  private static let places = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($1, $0) })
  private static func place(_ field: HeaderField) -> Int { places[field] ?? 0 }
}
