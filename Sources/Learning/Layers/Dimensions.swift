/// Sizes of a network of LSTMs with attention that are free to choose (paper 5.1: 100 units, of `han` 128 at both
/// levels, and 128 hidden values).
package struct Dimensions: Sendable, Equatable, Codable {
  /// H: LSTM units a direction.
  package var units: Int
  /// A: attention units.
  package var attention: Int
  /// F: values of the fully connected layer.
  package var hidden: Int
  /// Of the attention over packets; that over the bytes of `han` is always soft.
  package var attentionKind: AttentionKind

  package init(units: Int = 100, attention: Int = 100, hidden: Int = 128, attentionKind: AttentionKind = .soft) {
    self.units = units
    self.attention = attention
    self.hidden = hidden
    self.attentionKind = attentionKind
  }

  /// Why these cannot be used, as a sentence; `nil` when they can.
  package var fault: String? {
    for (name, value) in [("units", units), ("attention", attention), ("hidden", hidden)]
    where !(1...4096).contains(value) {
      return "\(name) is \(value), not in 1...4096"
    }
    if case .local(let window) = attentionKind, !(1...255).contains(window) {
      return "attention_window is \(window), not in 1...255"
    }
    return nil
  }
}

extension Dimensions {
  private enum CodingKeys: String, CodingKey {
    case units, attention, hidden
    case attentionKind = "attention_kind"
    case attentionWindow = "attention_window"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    units = try values.decode(Int.self, forKey: .units)
    attention = try values.decode(Int.self, forKey: .attention)
    hidden = try values.decode(Int.self, forKey: .hidden)
    switch try values.decodeIfPresent(AttentionKind.Name.self, forKey: .attentionKind) {
    case nil, .soft: attentionKind = .soft
    case .local: attentionKind = .local(window: try values.decode(Int.self, forKey: .attentionWindow))
    case .hard: attentionKind = .hard
    }
  }

  /// Soft attention is left out, so that files of it say what they always said.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(units, forKey: .units)
    try values.encode(attention, forKey: .attention)
    try values.encode(hidden, forKey: .hidden)
    if attentionKind != .soft { try values.encode(attentionKind.name, forKey: .attentionKind) }
    if case .local(let window) = attentionKind { try values.encode(window, forKey: .attentionWindow) }
  }
}
