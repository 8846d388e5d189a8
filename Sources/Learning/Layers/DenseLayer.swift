/// A fully connected layer: y [B, outputs] = x [B, inputs] W^T + b. Algorithm 1, line 9.
struct DenseLayer: Sendable, Equatable {
  /// [outputs, inputs] and [1, outputs] in the parameters and in their gradient.
  let weight: Region, bias: Region

  /// Sets the first `rows` rows of y.
  func forward(_ x: borrowing Matrix, rows: Int, parameters: borrowing Matrix, y: inout Matrix) {
    for row in 0..<rows {
      Kernels.copy(parameters, at: bias.start, to: &y, at: row * bias.columns, count: bias.columns)
    }
    Kernels.multiply(
      x, x.region.rows(0..<rows), parameters, weight, transposing: .right, into: &y, y.region.rows(0..<rows),
      adding: true)
  }

  /// Sets dL/dx [B, inputs] from dL/dy [B, outputs] and adds dL/dW and dL/db to `gradient`.
  func backward(
    _ x: borrowing Matrix, rows: Int, parameters: borrowing Matrix, yGradient: borrowing Matrix,
    xGradient: inout Matrix, gradient: inout Matrix
  ) {
    for row in 0..<rows {
      Kernels.addScaled(1, yGradient, at: row * bias.columns, to: &gradient, at: bias.start, count: bias.columns)
    }
    Kernels.multiply(
      yGradient, yGradient.region.rows(0..<rows), x, x.region.rows(0..<rows), transposing: .left, into: &gradient,
      weight, adding: true)
    Kernels.multiply(
      yGradient, yGradient.region.rows(0..<rows), parameters, weight, into: &xGradient, xGradient.region.rows(0..<rows),
      adding: false)
  }
}

/// ReLU followed by inverted dropout (paper 4.3 and 5.1).
enum RectifiedDropout {
  /// Draws the mask of the first `rows` rows: 1 / keep with probability `keep`, else 0.
  static func draw(_ mask: inout Matrix, rows: Int, keep: Double, _ generator: inout SeededGenerator) {
    for row in 0..<rows {
      for column in 0..<mask.columns { mask[row, column] = generator.unit() < Float(keep) ? Float(1 / keep) : 0 }
    }
  }

  /// x = max(x, 0) * mask over the first `rows` rows. `mask` [B, F] holds 0, or 1 / keep for a value that is kept.
  static func forward(_ x: inout Matrix, rows: Int, mask: borrowing Matrix) {
    for row in 0..<rows {
      for column in 0..<x.columns { x[row, column] = max(0, x[row, column]) * mask[row, column] }
    }
  }

  /// dL/dx of what went in, in place, from what came out: a value passed if it came out above 0.
  static func backward(_ y: borrowing Matrix, rows: Int, mask: borrowing Matrix, gradient: inout Matrix) {
    for row in 0..<rows {
      for column in 0..<y.columns { gradient[row, column] *= y[row, column] > 0 ? mask[row, column] : 0 }
    }
  }
}
