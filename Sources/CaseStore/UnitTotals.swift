import GRDB
import Records

/// Sums over the flows of one piece of evidence, added to the case's summary tables when it is closed.
///
/// They are made in flow order and added in plan order, so that the same evidence gives the same sums to the last bit.
struct UnitTotals {
  private struct LabelKey: Hashable {
    var label: String
    var source: String
  }

  private struct LabelTotal {
    var flows = 0, packets = 0, bytes = 0
    var confidence = 0.0
  }

  private struct AttentionTotal {
    var flows = 0
    var sum = 0.0, squares = 0.0
  }

  private var labels: [LabelKey: LabelTotal] = [:]
  /// By label index, then packet position.
  private var attention: [Int: [AttentionTotal]] = [:]

  /// - Parameter labelNames: the model's labels in order.
  mutating func add(_ classified: ClassifiedFlow, labelNames: [String]) {
    let (label, source, confidence) = Self.label(classified.classification, labelNames)
    var total = labels[LabelKey(label: label, source: source)] ?? LabelTotal()
    total.flows += 1
    total.packets += classified.flow.sent.packets + classified.flow.answered.packets
    total.bytes += classified.flow.sent.ipBytes + classified.flow.answered.ipBytes
    total.confidence += confidence
    labels[LabelKey(label: label, source: source)] = total
    if case .model(let prediction) = classified.classification { add(prediction) }
  }

  private mutating func add(_ prediction: Prediction) {
    var totals = attention.removeValue(forKey: prediction.predicted) ?? []
    for (position, weight) in prediction.attention.enumerated() {
      if position == totals.count { totals.append(AttentionTotal()) }
      totals[position].flows += 1
      totals[position].sum += Double(weight)
      totals[position].squares += Double(weight) * Double(weight)
    }
    attention[prediction.predicted] = totals
  }

  private static func label(_ classification: Classification, _ names: [String]) -> (String, String, Double) {
    switch classification {
    case .none: return ("", "none", 0)
    case .protocolName(let name): return (name, "protocol", 0)
    case .model(let prediction):
      let name = names.indices.contains(prediction.predicted) ? names[prediction.predicted] : ""
      return (prediction.isAbstained ? "unknown" : name, "model", ShortDecimal.value(prediction.confidence))
    }
  }

  /// Adds the sums to the case.
  func write(_ db: Database, model: Int64?) throws {
    for (key, total) in labels.sorted(by: { ($0.key.source, $0.key.label) < ($1.key.source, $1.key.label) }) {
      try db.execute(
        sql: """
          INSERT INTO label_count VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET flows = flows + excluded.flows, packets = packets + excluded.packets,
            bytes = bytes + excluded.bytes, confidence_sum = confidence_sum + excluded.confidence_sum
          """,
        arguments: [key.label, key.source, model ?? 0, total.flows, total.packets, total.bytes, total.confidence])
    }
    guard let model else { return }
    for (label, totals) in attention.sorted(by: { $0.key < $1.key }) {
      for (position, total) in totals.enumerated() {
        try db.execute(
          sql: """
            INSERT INTO attention_sum VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET flows = flows + excluded.flows, sum = sum + excluded.sum,
              square_sum = square_sum + excluded.square_sum
            """,
          arguments: [model, label, position + 1, total.flows, total.sum, total.squares])
      }
    }
  }
}
