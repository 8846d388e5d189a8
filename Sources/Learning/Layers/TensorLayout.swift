/// The tensors of a network: name, shape, and place in one block of floats.
///
/// Weights are [outputs, inputs], row-major, as PyTorch keeps them.
package struct TensorLayout: Sendable, Equatable {
  /// One tensor.
  package struct Entry: Sendable, Equatable {
    package var name: String
    package var shape: [Int]
    /// The first axis as rows, the others as columns; a vector is one row.
    package var region: Region
  }

  /// All tensors in the order in which they lie in the block.
  package private(set) var entries: [Entry] = []
  /// Floats of the block.
  package private(set) var count = 0

  /// Adds a tensor behind those there are.
  mutating func place(_ name: String, _ shape: Int...) -> Region {
    let columns = shape.dropFirst(shape.count == 1 ? 0 : 1).reduce(1, *)
    let rows = shape.count == 1 ? 1 : shape.first ?? 0
    let region = Region(start: count, rows: rows, columns: columns, stride: columns)
    entries.append(Entry(name: name, shape: shape, region: region))
    count += rows * columns
    return region
  }

  /// Draws all weights: Glorot and Bengio's uniform range sqrt(6 / (inputs + outputs)), an LSTM gate counted as a
  /// matrix of its own, a place of a filter as an input and as an output; biases 0, but 1 for the forget gates, so that
  /// memory lasts from the start.
  ///
  /// - Parameter units: H, of the tensors called `packets` and `bytes`, which belong to LSTMs.
  func initialise(_ parameters: inout Matrix, units: Int, _ generator: inout SeededGenerator) {
    for entry in entries {
      let isGate = entry.name.hasPrefix("packets.") || entry.name.hasPrefix("bytes.")
      for index in 0..<entry.region.rows * entry.region.columns {
        let place = entry.region.start + index
        if entry.name.hasSuffix("bias") {
          parameters[0, place] = isGate && (units..<2 * units).contains(index) ? 1 : 0
        } else {
          let places = entry.shape.count == 3 ? entry.shape[1] : 1
          let outputs = isGate ? units : entry.region.rows * places
          let range = (6 / Float(entry.region.columns + outputs)).squareRoot()
          parameters[0, place] = (2 * generator.unit() - 1) * range
        }
      }
    }
  }
}

/// Where the tensors of a Bi-LSTM with attention lie. H units a direction, A attention units, D inputs; the four gates
/// follow each other in the order i, f, g, o.
struct RecurrentLayout: Sendable, Equatable {
  let units: Int
  let attentionKind: AttentionKind
  // [8H, D] and [1, 8H]: forward above backward, so that one product serves both directions.
  let inputWeight: Region, inputBias: Region
  // [4H, H], forward and backward.
  let recurrentWeight: [Region]
  // [A, 2H], [1, A] twice.
  let attentionWeight: Region, attentionBias: Region, attentionContext: Region

  /// - Parameters:
  ///   - name: first part of the names of the LSTM's tensors. - attention: that of the attention's.
  init(
    _ tensors: inout TensorLayout, _ name: String, attention: String, inputs: Int, units: Int, attentionUnits: Int,
    attentionKind: AttentionKind = .soft
  ) {
    self.units = units
    self.attentionKind = attentionKind
    let first = tensors.place("\(name).forward.weight_input", 4 * units, inputs)
    _ = tensors.place("\(name).backward.weight_input", 4 * units, inputs)
    let bias = tensors.place("\(name).forward.bias", 4 * units)
    _ = tensors.place("\(name).backward.bias", 4 * units)
    inputWeight = Region(start: first.start, rows: 8 * units, columns: inputs, stride: inputs)
    inputBias = Region(start: bias.start, rows: 1, columns: 8 * units, stride: 8 * units)
    recurrentWeight = [
      tensors.place("\(name).forward.weight_hidden", 4 * units, units),
      tensors.place("\(name).backward.weight_hidden", 4 * units, units),
    ]
    attentionWeight = tensors.place("\(attention).weight", attentionUnits, 2 * units)
    attentionBias = tensors.place("\(attention).bias", attentionUnits)
    attentionContext = tensors.place("\(attention).context", attentionUnits)
  }
}

/// Where the fully connected layers lie: [F, inputs], [1, F], [K, F], [1, K].
struct HeadLayout: Sendable, Equatable {
  let hiddenWeight: Region, hiddenBias: Region
  let outputWeight: Region, outputBias: Region

  init(_ tensors: inout TensorLayout, inputs: Int, hidden: Int, outputs: Int) {
    hiddenWeight = tensors.place("hidden.weight", hidden, inputs)
    hiddenBias = tensors.place("hidden.bias", hidden)
    outputWeight = tensors.place("output.weight", outputs, hidden)
    outputBias = tensors.place("output.bias", outputs)
  }
}
