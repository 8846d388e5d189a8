/// A Bi-LSTM with attention over sequences in training: what its backward pass needs of the forward.
struct RecurrentState: ~Copyable {
  let layout: RecurrentLayout
  private var forwardWeights: LSTMLayer.Weights, backwardWeights: LSTMLayer.Weights
  // R rows, S sequences: [R, 8H]; [R, 2H] three times; [S, H]; [R, A]; [1, R]; [S, 2H] twice.
  var gates: Matrix
  private var cells: Matrix, hidden: Matrix, hiddenGradient: Matrix
  private var cellGradient: Matrix
  private var units: Matrix, attention: Matrix
  // [S, 4H], [R, H].
  private var product: Matrix, before: Matrix
  var context: Matrix, contextGradient: Matrix

  init(_ layout: RecurrentLayout, parameters: borrowing Matrix, rows: Int, sequences: Int) {
    let size = layout.units
    self.layout = layout
    gates = Matrix(rows: rows, columns: 8 * size)
    cells = Matrix(rows: rows, columns: 2 * size)
    hidden = Matrix(rows: rows, columns: 2 * size)
    hiddenGradient = Matrix(rows: rows, columns: 2 * size)
    cellGradient = Matrix(rows: sequences, columns: size)
    units = Matrix(rows: rows, columns: layout.attentionBias.columns)
    attention = Matrix(rows: 1, columns: rows)
    product = Matrix(rows: sequences, columns: 4 * size)
    before = Matrix(rows: rows, columns: size)
    forwardWeights = LSTMLayer.Weights(parameters, layout.recurrentWeight[0])
    backwardWeights = LSTMLayer.Weights(parameters, layout.recurrentWeight[1])
    context = Matrix(rows: sequences, columns: 2 * size)
    contextGradient = Matrix(rows: sequences, columns: 2 * size)
  }

  /// Takes the recurrent weights as they stand; to be called before the first ``forward(_:parameters:)`` of a batch.
  mutating func pack(_ parameters: borrowing Matrix) {
    forwardWeights = LSTMLayer.Weights(parameters, layout.recurrentWeight[0])
    backwardWeights = LSTMLayer.Weights(parameters, layout.recurrentWeight[1])
  }

  /// context from gates, which hold W x + b.
  mutating func forward(_ packed: PackedRows, parameters: borrowing Matrix) {
    LSTMLayer(layout, isBackward: false).forward(
      packed, weights: forwardWeights, product: &product, gates: &gates, cells: &cells, hidden: &hidden)
    LSTMLayer(layout, isBackward: true).forward(
      packed, weights: backwardWeights, product: &product, gates: &gates, cells: &cells, hidden: &hidden)
    AttentionLayer(layout: layout).forward(
      packed, parameters: parameters, hidden: hidden, units: &units, weights: &attention, context: &context)
  }

  /// gates become dL/d(W x + b), from contextGradient; adds to `gradient`.
  mutating func backward(_ packed: PackedRows, parameters: borrowing Matrix, gradient: inout Matrix) {
    AttentionLayer(layout: layout).backward(
      packed, parameters: parameters, hidden: hidden, units: &units, weights: attention,
      contextGradient: contextGradient, hiddenGradient: &hiddenGradient, gradient: &gradient)
    LSTMLayer(layout, isBackward: false).backward(
      packed, weights: forwardWeights, product: &product, before: &before, gates: &gates, cells: cells,
      hidden: hidden, hiddenGradient: &hiddenGradient, cellGradient: &cellGradient, gradient: &gradient)
    LSTMLayer(layout, isBackward: true).backward(
      packed, weights: backwardWeights, product: &product, before: &before, gates: &gates, cells: cells,
      hidden: hidden, hiddenGradient: &hiddenGradient, cellGradient: &cellGradient, gradient: &gradient)
  }
}
