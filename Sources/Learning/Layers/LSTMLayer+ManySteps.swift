/// The same layer for long sequences, few in flight at a time, as bytes are: the weights are packed once a batch instead of
/// in each product, and dL/dU is one product over all steps.
extension LSTMLayer {
  /// U and its transpose, packed.
  struct Weights: ~Copyable {
    let forward: PackedWeight, backward: PackedWeight

    init(_ parameters: borrowing Matrix, _ weight: Region) {
      forward = PackedWeight(parameters, weight: weight, bias: nil)
      var transposed = Matrix(rows: weight.columns, columns: weight.rows)
      for row in 0..<weight.rows {
        for column in 0..<weight.columns {
          transposed[column, row] = parameters[0, weight.start + row * weight.stride + column]
        }
      }
      backward = PackedWeight(transposed, weight: transposed.region, bias: nil)
    }
  }

  /// As ``forward(_:parameters:gates:cells:hidden:)``.
  ///
  /// - Parameter product: [sequences, 4H] to work in.
  func forward(
    _ packed: PackedRows, weights: borrowing Weights, product: inout Matrix, gates: inout Matrix,
    cells: inout Matrix, hidden: inout Matrix
  ) {
    for step in 0..<packed.steps {
      let step = isBackward ? packed.steps - 1 - step : step
      let (before, carried) = source(of: step, packed)
      Kernels.product(
        hidden, hidden.region.rows(before).columns(half), weights.forward, into: &product,
        product.region.rows(0..<carried))
      for (rows, state) in parts(step, carried, before, packed, cells.region) {
        Kernels.lstmStep(
          gates: &gates, gates.region.rows(rows).columns(gateColumns), adding: product,
          state == nil ? nil : product.region.rows(0..<carried), cells: &cells, before: state,
          after: cells.region.rows(rows).columns(half), hidden: &hidden, hidden.region.rows(rows).columns(half))
      }
    }
  }

  /// As `backward` with `parameters`.
  ///
  /// - Parameters:
  ///   - product: [sequences, 4H] to work in. - before: [R, H] to work in.
  func backward(
    _ packed: PackedRows, weights: borrowing Weights, product: inout Matrix, before earlier: inout Matrix,
    gates: inout Matrix, cells: borrowing Matrix, hidden: borrowing Matrix, hiddenGradient: inout Matrix,
    cellGradient: inout Matrix, gradient: inout Matrix
  ) {
    Kernels.clear(&cellGradient, at: 0, count: packed.order.count * units)
    Kernels.clear(&earlier, at: 0, count: packed.rows * units)
    for step in 0..<packed.steps {
      let step = isBackward ? step : packed.steps - 1 - step
      let (before, carried) = source(of: step, packed)
      for (rows, state) in parts(step, carried, before, packed, cells.region) {
        let ranks = rows.lowerBound - packed.offsets[step]..<rows.upperBound - packed.offsets[step]
        Kernels.lstmStepBackward(
          gates: &gates, gates.region.rows(rows).columns(gateColumns), cells: cells, before: state,
          after: cells.region.rows(rows).columns(half), hiddenGradient: hiddenGradient,
          hiddenGradient.region.rows(rows).columns(half), cellGradient: &cellGradient,
          cellGradient.region.rows(ranks))
      }
      let rows = packed.range(step, count: carried)
      Kernels.product(
        gates, gates.region.rows(rows).columns(gateColumns), weights.backward, into: &product,
        product.region.rows(0..<carried).columns(0..<units))
      for rank in 0..<carried {
        let source = (before.lowerBound + rank) * hidden.columns + half.lowerBound
        Kernels.addScaled(1, product, at: rank * product.columns, to: &hiddenGradient, at: source, count: units)
        Kernels.copy(hidden, at: source, to: &earlier, at: (rows.lowerBound + rank) * units, count: units)
      }
    }
    let rows = 0..<packed.rows
    Kernels.multiply(
      gates, gates.region.rows(rows).columns(gateColumns), earlier, earlier.region.rows(rows), transposing: .left,
      into: &gradient, weight, adding: true)
  }
}
