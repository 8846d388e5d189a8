/// Sizes of the attention LSTM that are free to choose (paper 5.1: 100 units and 128 hidden values).
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

/// The tensors of an attention LSTM: name, shape, and place in one block of floats.
///
/// D is the number of values of a packet, K that of the labels. Weights are [outputs, inputs], row-major, as PyTorch
/// keeps them; the four gates of an LSTM follow each other in the order i, f, g, o.
package struct ParameterLayout: Sendable, Equatable {
  /// One tensor.
  package struct Entry: Sendable, Equatable {
    package var name: String
    package var shape: [Int]
    package var region: Region
  }

  package let inputs: Int, dimensions: Dimensions, outputs: Int
  /// All tensors in the order in which they lie in the block.
  package let entries: [Entry]
  /// Floats of the block.
  package let count: Int

  // [8H, D] and [1, 8H]: forward above backward, so that one product serves both directions.
  let inputWeight: Region, inputBias: Region
  // [4H, H], forward and backward.
  let recurrentWeight: [Region]
  let attentionWeight: Region, attentionBias: Region, attentionContext: Region
  let hiddenWeight: Region, hiddenBias: Region
  let outputWeight: Region, outputBias: Region

  /// - Parameters:
  ///   - inputs: D. - dimensions: H, A and F. - outputs: K.
  package init(inputs: Int, dimensions: Dimensions, outputs: Int) {
    self.inputs = inputs
    self.dimensions = dimensions
    self.outputs = outputs
    let units = dimensions.units
    var entries: [Entry] = []
    var end = 0
    func place(_ name: String, _ shape: Int...) -> Region {
      let rows = shape.count == 2 ? shape[0] : 1
      let columns = shape.last ?? 0
      let region = Region(start: end, rows: rows, columns: columns, stride: columns)
      entries.append(Entry(name: name, shape: shape, region: region))
      end += rows * columns
      return region
    }
    let first = place("packets.forward.weight_input", 4 * units, inputs)
    _ = place("packets.backward.weight_input", 4 * units, inputs)
    let bias = place("packets.forward.bias", 4 * units)
    _ = place("packets.backward.bias", 4 * units)
    inputWeight = Region(start: first.start, rows: 8 * units, columns: inputs, stride: inputs)
    inputBias = Region(start: bias.start, rows: 1, columns: 8 * units, stride: 8 * units)
    recurrentWeight = [
      place("packets.forward.weight_hidden", 4 * units, units),
      place("packets.backward.weight_hidden", 4 * units, units),
    ]
    attentionWeight = place("attention.weight", dimensions.attention, 2 * units)
    attentionBias = place("attention.bias", dimensions.attention)
    attentionContext = place("attention.context", dimensions.attention)
    hiddenWeight = place("hidden.weight", dimensions.hidden, 2 * units)
    hiddenBias = place("hidden.bias", dimensions.hidden)
    outputWeight = place("output.weight", outputs, dimensions.hidden)
    outputBias = place("output.bias", outputs)
    self.entries = entries
    count = end
  }
}
