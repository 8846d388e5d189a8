/// A fully connected layer with ReLU and dropout, in training: y = max(0, W x + b) * mask. B rows, F values.
struct RectifiedDense: ~Copyable {
  private let layer: DenseLayer
  // [B, F]: 0, or 1 / keep for a value that is kept.
  private var mask: Matrix
  /// [B, F].
  private(set) var y: Matrix
  /// dL/dy [B, F], to be set before the backward pass; dL/d(W x + b) after it.
  var yGradient: Matrix

  init(_ layer: DenseLayer, rows: Int) {
    self.layer = layer
    mask = Matrix(rows: rows, columns: layer.bias.columns)
    y = Matrix(rows: rows, columns: layer.bias.columns)
    yGradient = Matrix(rows: rows, columns: layer.bias.columns)
  }

  /// Fills the dropout mask for `rows` rows.
  mutating func drawMask(rows: Int, keep: Double, _ generator: inout SeededGenerator) {
    RectifiedDropout.draw(&mask, rows: rows, keep: keep, &generator)
  }

  /// y from the first `rows` rows of x [B, inputs].
  mutating func forward(_ x: borrowing Matrix, rows: Int, parameters: borrowing Matrix) {
    layer.forward(x, rows: rows, parameters: parameters, y: &y)
    RectifiedDropout.forward(&y, rows: rows, mask: mask)
  }

  /// Sets dL/dx and adds to `gradient`.
  mutating func backward(
    _ x: borrowing Matrix, rows: Int, parameters: borrowing Matrix, xGradient: inout Matrix, gradient: inout Matrix
  ) {
    RectifiedDropout.backward(y, rows: rows, mask: mask, gradient: &yGradient)
    layer.backward(
      x, rows: rows, parameters: parameters, yGradient: yGradient, xGradient: &xGradient, gradient: &gradient)
  }
}
