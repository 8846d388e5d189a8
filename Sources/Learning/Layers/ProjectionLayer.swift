/// The input's share in the gates of both directions: W x + b of Eq. (1)-(4), for all packets at once.
enum ProjectionLayer {
  /// gates [R, 8H] = x [R, D] W^T [D, 8H] + b [8H], with R packed rows; a row without input has x = 0.
  ///
  /// - Parameter projected: [input rows, 8H] to work in.
  static func forward(
    _ batch: borrowing TrainingBatch, parameters: borrowing Matrix, layout: RecurrentLayout,
    projected: inout Matrix, gates: inout Matrix
  ) {
    let width = layout.inputBias.columns
    for row in 0..<batch.packed.rows {
      Kernels.copy(parameters, at: layout.inputBias.start, to: &gates, at: row * width, count: width)
    }
    Kernels.clear(&projected, at: 0, count: batch.packedRow.count * width)
    for (panel, rows) in batch.rowsOfPanel.enumerated() {
      let columns = batch.columns(of: panel)
      Kernels.multiply(
        batch.input, batch.input.region.rows(0..<rows).columns(columns), parameters,
        layout.inputWeight.columns(columns), transposing: .right, into: &projected, projected.region.rows(0..<rows),
        adding: true)
    }
    for (row, packedRow) in batch.packedRow.enumerated() {
      Kernels.addScaled(1, projected, at: row * width, to: &gates, at: packedRow * width, count: width)
    }
  }

  /// Adds dL/dW [8H, D] and dL/db [8H] to `gradient`, from dL/dgates [R, 8H]. The input needs no gradient.
  static func backward(
    _ batch: borrowing TrainingBatch, gates: borrowing Matrix, layout: RecurrentLayout, projected: inout Matrix,
    gradient: inout Matrix
  ) {
    let width = layout.inputBias.columns
    for row in 0..<batch.packed.rows {
      Kernels.addScaled(1, gates, at: row * width, to: &gradient, at: layout.inputBias.start, count: width)
    }
    for (row, packedRow) in batch.packedRow.enumerated() {
      Kernels.copy(gates, at: packedRow * width, to: &projected, at: row * width, count: width)
    }
    for (panel, rows) in batch.rowsOfPanel.enumerated() {
      let columns = batch.columns(of: panel)
      Kernels.multiply(
        projected, projected.region.rows(0..<rows), batch.input, batch.input.region.rows(0..<rows).columns(columns),
        transposing: .left, into: &gradient, layout.inputWeight.columns(columns), adding: true)
    }
  }
}
