/// Sizes of a network of LSTMs with attention that are free to choose (paper 5.1: 100 units, of `han` 128 at both
/// levels, and 128 hidden values).
package struct Dimensions: Sendable, Equatable, Codable {
  /// H: LSTM units a direction.
  package var units: Int
  /// A: attention units.
  package var attention: Int
  /// F: values of the fully connected layer.
  package var hidden: Int

  package init(units: Int = 100, attention: Int = 100, hidden: Int = 128) {
    self.units = units
    self.attention = attention
    self.hidden = hidden
  }

  /// Why these cannot be used, as a sentence; `nil` when they can.
  package var fault: String? {
    for (name, value) in [("units", units), ("attention", attention), ("hidden", hidden)]
    where !(1...4096).contains(value) {
      return "\(name) is \(value), not in 1...4096"
    }
    return nil
  }
}
