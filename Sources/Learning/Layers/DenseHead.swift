/// The two fully connected layers that end each network, and the loss, in training: r = W max(0, W x + b) + b, with
/// dropout between (paper 4.3 and 5.1). B flows, F hidden values, K labels.
package struct DenseHead: ~Copyable {
  private let hidden: DenseLayer, output: DenseLayer
  /// [B, F]: 0, or 1 / keep for a value that is kept.
  package var mask: Matrix
  // [B, F] twice.
  private var dense: Matrix, denseGradient: Matrix
  /// r [B, K].
  package private(set) var outputs: Matrix
  private var outputGradient: Matrix

  init(_ layout: HeadLayout, flows: Int) {
    hidden = DenseLayer(weight: layout.hiddenWeight, bias: layout.hiddenBias)
    output = DenseLayer(weight: layout.outputWeight, bias: layout.outputBias)
    mask = Matrix(rows: flows, columns: hidden.bias.columns)
    dense = Matrix(rows: flows, columns: hidden.bias.columns)
    denseGradient = Matrix(rows: flows, columns: hidden.bias.columns)
    outputs = Matrix(rows: flows, columns: output.bias.columns)
    outputGradient = Matrix(rows: flows, columns: output.bias.columns)
  }

  /// Fills the dropout mask for `rows` flows.
  package mutating func drawMask(rows: Int, keep: Double, _ generator: inout SeededGenerator) {
    RectifiedDropout.draw(&mask, rows: rows, keep: keep, &generator)
  }

  /// outputs from the first `rows` rows of x [B, inputs].
  mutating func forward(_ x: borrowing Matrix, rows: Int, parameters: borrowing Matrix) {
    hidden.forward(x, rows: rows, parameters: parameters, y: &dense)
    RectifiedDropout.forward(&dense, rows: rows, mask: mask)
    output.forward(dense, rows: rows, parameters: parameters, y: &outputs)
  }

  /// Sets dL/dx and adds to `gradient`, after ``forward(_:rows:parameters:)`` on the same x.
  /// - Parameter shares: weight of each row's loss; `nil` for the mean over the rows.
  /// - Returns: the loss.
  mutating func backward(
    _ x: borrowing Matrix, labels: [Int], shares: [Float]? = nil, parameters: borrowing Matrix, loss: Loss,
    xGradient: inout Matrix,
    gradient: inout Matrix
  ) -> Double {
    let rows = labels.count
    let value = loss.evaluate(outputs, labels: labels, shares: shares, gradient: &outputGradient)
    output.backward(
      dense, rows: rows, parameters: parameters, yGradient: outputGradient, xGradient: &denseGradient,
      gradient: &gradient)
    RectifiedDropout.backward(dense, rows: rows, mask: mask, gradient: &denseGradient)
    hidden.backward(
      x, rows: rows, parameters: parameters, yGradient: denseGradient, xGradient: &xGradient, gradient: &gradient)
    return value
  }
}
