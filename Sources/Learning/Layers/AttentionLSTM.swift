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
  package var head: DenseHead

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
    head = DenseHead(layout.head, flows: flows)
  }

  package mutating func initialise(_ generator: inout SeededGenerator) {
    layout.tensors.initialise(&parameters, units: layout.dimensions.units, &generator)
  }

  private var bothDirections: [LSTMLayer] {
    [LSTMLayer(layout.packets, isBackward: false), LSTMLayer(layout.packets, isBackward: true)]
  }

  /// head.outputs [B, K] and attention [1, R] of a batch, by rank and packed row.
  package mutating func forward(_ batch: borrowing TrainingBatch) {
    let flows = batch.packed.order.count
    ProjectionLayer.forward(batch, parameters: parameters, layout: layout.packets, projected: &projected, gates: &gates)
    for direction in bothDirections {
      direction.forward(batch.packed, parameters: parameters, gates: &gates, cells: &cells, hidden: &hidden)
    }
    AttentionLayer(layout: layout.packets).forward(
      batch.packed, parameters: parameters, hidden: hidden, units: &units, weights: &attention, context: &context)
    head.forward(context, rows: flows, parameters: parameters)
  }

  /// Sets `gradient` after ``forward(_:)`` on the same batch.
  /// - Returns: the loss.
  package mutating func backward(_ batch: borrowing TrainingBatch, loss: Loss) -> Double {
    Kernels.clear(&gradient, at: 0, count: gradient.count)
    let value = head.backward(
      context, labels: batch.labels, parameters: parameters, loss: loss, xGradient: &contextGradient,
      gradient: &gradient)
    AttentionLayer(layout: layout.packets).backward(
      batch.packed, parameters: parameters, hidden: hidden, units: &units, weights: attention,
      contextGradient: contextGradient, hiddenGradient: &hiddenGradient, gradient: &gradient)
    for direction in bothDirections {
      direction.backward(
        batch.packed, parameters: parameters, gates: &gates, cells: cells, hidden: hidden,
        hiddenGradient: &hiddenGradient, cellGradient: &cellGradient, gradient: &gradient)
    }
    ProjectionLayer.backward(batch, gates: gates, layout: layout.packets, projected: &projected, gradient: &gradient)
    return value
  }

  /// One step of the optimiser with the gradient as it stands.
  package mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double) {
    optimiser.step(&parameters, gradient: gradient, rate: rate, gradientNorm: gradientNorm)
  }
}
