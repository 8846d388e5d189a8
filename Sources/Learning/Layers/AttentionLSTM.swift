import Foundation

/// The attention-based LSTM in training: parameters, their gradient, and what the backward pass needs of the forward.
///
/// Paper 4.1, Algorithm 1. Inference has its own path (``FlowClassifier``); a test holds the two together.
package struct AttentionLSTM: ~Copyable {
  package let layout: ParameterLayout
  /// All tensors in one block, placed by `layout`: [1, count].
  package var parameters: Matrix
  package private(set) var gradient: Matrix

  // R packed rows, B flows. [R, 8H] twice, [R, 2H] three times, [B, H].
  private var projected: Matrix, gates: Matrix
  private var cells: Matrix, hidden: Matrix, hiddenGradient: Matrix
  private var cellGradient: Matrix
  // [R, A], [1, R], [B, 2H] twice.
  private var units: Matrix
  package private(set) var attention: Matrix
  private var context: Matrix, contextGradient: Matrix
  // [B, F] three times, [B, K] twice.
  package var mask: Matrix
  private var dense: Matrix, denseGradient: Matrix
  package private(set) var outputs: Matrix
  private var outputGradient: Matrix

  /// - Parameters:
  ///   - flows: B, the largest number of flows of a batch. - rows: R, the largest number of packets.
  package init(_ layout: ParameterLayout, flows: Int, rows: Int) {
    let size = layout.dimensions
    self.layout = layout
    parameters = Matrix(rows: 1, columns: layout.count)
    gradient = Matrix(rows: 1, columns: layout.count)
    projected = Matrix(rows: rows, columns: 8 * size.units)
    gates = Matrix(rows: rows, columns: 8 * size.units)
    cells = Matrix(rows: rows, columns: 2 * size.units)
    hidden = Matrix(rows: rows, columns: 2 * size.units)
    hiddenGradient = Matrix(rows: rows, columns: 2 * size.units)
    cellGradient = Matrix(rows: flows, columns: size.units)
    units = Matrix(rows: rows, columns: size.attention)
    attention = Matrix(rows: 1, columns: rows)
    context = Matrix(rows: flows, columns: 2 * size.units)
    contextGradient = Matrix(rows: flows, columns: 2 * size.units)
    mask = Matrix(rows: flows, columns: size.hidden)
    dense = Matrix(rows: flows, columns: size.hidden)
    denseGradient = Matrix(rows: flows, columns: size.hidden)
    outputs = Matrix(rows: flows, columns: layout.outputs)
    outputGradient = Matrix(rows: flows, columns: layout.outputs)
  }

  /// Draws all weights: Glorot and Bengio's uniform range sqrt(6 / (inputs + outputs)), an LSTM gate counted as a
  /// matrix of its own; biases 0, but 1 for the forget gates, so that memory lasts from the start.
  package mutating func initialise(_ generator: inout SeededGenerator) {
    let size = layout.dimensions.units
    for entry in layout.entries {
      let isGate = entry.name.hasPrefix("packets.")
      for index in 0..<entry.region.rows * entry.region.columns {
        let place = entry.region.start + index
        if entry.name.hasSuffix("bias") {
          parameters[0, place] = isGate && (size..<2 * size).contains(index) ? 1 : 0
        } else {
          let outputs = isGate ? size : entry.region.rows
          let range = (6 / Float(entry.region.columns + outputs)).squareRoot()
          parameters[0, place] = (2 * generator.unit() - 1) * range
        }
      }
    }
  }

  /// Fills the dropout mask for `rows` flows.
  package mutating func drawMask(rows: Int, keep: Double, _ generator: inout SeededGenerator) {
    for row in 0..<rows {
      for column in 0..<mask.columns { mask[row, column] = generator.unit() < Float(keep) ? Float(1 / keep) : 0 }
    }
  }

  private var bothDirections: [LSTMLayer] {
    [LSTMLayer(layout, isBackward: false), LSTMLayer(layout, isBackward: true)]
  }

  /// outputs [B, K] and attention [1, R] of a batch, by rank and packed row.
  package mutating func forward(_ batch: borrowing TrainingBatch) {
    let flows = batch.packed.order.count
    ProjectionLayer.forward(batch, parameters: parameters, layout: layout, projected: &projected, gates: &gates)
    for direction in bothDirections {
      direction.forward(batch.packed, parameters: parameters, gates: &gates, cells: &cells, hidden: &hidden)
    }
    AttentionLayer(layout: layout).forward(
      batch.packed, parameters: parameters, hidden: hidden, units: &units, weights: &attention, context: &context)
    DenseLayer(weight: layout.hiddenWeight, bias: layout.hiddenBias).forward(
      context, rows: flows, parameters: parameters, y: &dense)
    RectifiedDropout.forward(&dense, rows: flows, mask: mask)
    DenseLayer(weight: layout.outputWeight, bias: layout.outputBias).forward(
      dense, rows: flows, parameters: parameters, y: &outputs)
  }

  /// Sets `gradient` after ``forward(_:)`` on the same batch.
  /// - Returns: the loss.
  package mutating func backward(_ batch: borrowing TrainingBatch, loss: Loss) -> Double {
    let flows = batch.packed.order.count
    Kernels.clear(&gradient, at: 0, count: gradient.count)
    let value = loss.evaluate(outputs, labels: batch.labels, gradient: &outputGradient)
    DenseLayer(weight: layout.outputWeight, bias: layout.outputBias).backward(
      dense, rows: flows, parameters: parameters, yGradient: outputGradient, xGradient: &denseGradient,
      gradient: &gradient)
    RectifiedDropout.backward(dense, rows: flows, mask: mask, gradient: &denseGradient)
    DenseLayer(weight: layout.hiddenWeight, bias: layout.hiddenBias).backward(
      context, rows: flows, parameters: parameters, yGradient: denseGradient, xGradient: &contextGradient,
      gradient: &gradient)
    AttentionLayer(layout: layout).backward(
      batch.packed, parameters: parameters, hidden: hidden, units: &units, weights: attention,
      contextGradient: contextGradient, hiddenGradient: &hiddenGradient, gradient: &gradient)
    for direction in bothDirections {
      direction.backward(
        batch.packed, parameters: parameters, gates: &gates, cells: cells, hidden: hidden,
        hiddenGradient: &hiddenGradient, cellGradient: &cellGradient, gradient: &gradient)
    }
    ProjectionLayer.backward(batch, gates: gates, layout: layout, projected: &projected, gradient: &gradient)
    return value
  }

  /// One step of the optimiser with the gradient as it stands.
  package mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double) {
    optimiser.step(&parameters, gradient: gradient, rate: rate, gradientNorm: gradientNorm)
  }
}
