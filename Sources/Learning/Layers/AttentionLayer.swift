/// Attention over the packets of each flow, Eq. (5)-(7).
///
/// R packed rows, B flows, A attention units; `hidden` is [R, 2H], `units` [R, A], `weights` [1, R], `context` [B, 2H].
struct AttentionLayer {
  let layout: RecurrentLayout

  /// u = tanh(W h + b), alpha from the scores u . u_s of a flow's packets (``AttentionKind``), c = sum of alpha h.
  func forward(
    _ packed: PackedRows, parameters: borrowing Matrix, hidden: borrowing Matrix, units: inout Matrix,
    weights: inout Matrix, context: inout Matrix
  ) {
    let size = layout.attentionBias.columns, width = hidden.columns
    let used = units.region.rows(0..<packed.rows)
    for row in 0..<packed.rows {
      Kernels.copy(parameters, at: layout.attentionBias.start, to: &units, at: row * size, count: size)
    }
    Kernels.multiply(
      hidden, hidden.region.rows(0..<packed.rows), parameters, layout.attentionWeight, transposing: .right,
      into: &units, used, adding: true)
    Kernels.squash(&units, used)
    Kernels.clear(&context, at: 0, count: packed.order.count * width)
    for (rank, length) in packed.lengths.enumerated() {
      var shares = scores(packed, rank, length, parameters, units)
      layout.attentionKind.apply(&shares, at: 0, count: length)
      for step in 0..<length {
        let row = packed.row(rank, step), share = shares[0, step]
        weights[0, row] = share
        Kernels.addScaled(share, hidden, at: row * width, to: &context, at: rank * width, count: width)
      }
    }
  }

  /// u . u_s of a flow's packets: [1, n].
  private func scores(
    _ packed: PackedRows, _ rank: Int, _ length: Int, _ parameters: borrowing Matrix, _ units: borrowing Matrix
  ) -> Matrix {
    let size = layout.attentionBias.columns
    var result = Matrix(rows: 1, columns: length)
    for step in 0..<length {
      result[0, step] = Kernels.dot(
        units, at: packed.row(rank, step) * size, parameters, at: layout.attentionContext.start, count: size)
    }
    return result
  }

  /// Sets dL/dhidden [R, 2H] from dL/dcontext [B, 2H]; `units` becomes dL/d(W h + b); adds to `gradient`.
  func backward(
    _ packed: PackedRows, parameters: borrowing Matrix, hidden: borrowing Matrix, units: inout Matrix,
    weights: borrowing Matrix, contextGradient: borrowing Matrix, hiddenGradient: inout Matrix, gradient: inout Matrix
  ) {
    let size = layout.attentionBias.columns, width = hidden.columns
    Kernels.clear(&hiddenGradient, at: 0, count: packed.rows * width)
    for (rank, length) in packed.lengths.enumerated() {
      // Those whose slopes the scores get; of hard attention, soft ones in the place of the weights.
      var shares = Matrix(rows: 1, columns: length)
      if layout.attentionKind == .hard {
        shares = scores(packed, rank, length, parameters, units)
        Softmax.apply(&shares, at: 0, count: length)
      } else {
        for step in 0..<length { shares[0, step] = weights[0, packed.row(rank, step)] }
      }
      var slopes: [Float] = []
      var mean: Float = 0
      for step in 0..<length {
        let row = packed.row(rank, step), share = weights[0, packed.row(rank, step)]
        Kernels.addScaled(
          share, contextGradient, at: rank * width, to: &hiddenGradient, at: row * width, count: width)
        slopes.append(Kernels.dot(contextGradient, at: rank * width, hidden, at: row * width, count: width))
        mean += shares[0, step] * slopes[step]
      }
      for step in 0..<length {
        let row = packed.row(rank, step)
        let scoreGradient = shares[0, step] * (slopes[step] - mean)
        Kernels.addScaled(
          scoreGradient, units, at: row * size, to: &gradient, at: layout.attentionContext.start, count: size)
        for unit in 0..<size {
          let u = units[row, unit]
          units[row, unit] = scoreGradient * parameters[0, layout.attentionContext.start + unit] * (1 - u * u)
        }
        Kernels.addScaled(1, units, at: row * size, to: &gradient, at: layout.attentionBias.start, count: size)
      }
    }
    let rows = 0..<packed.rows
    Kernels.multiply(
      units, units.region.rows(rows), hidden, hidden.region.rows(rows), transposing: .left, into: &gradient,
      layout.attentionWeight, adding: true)
    Kernels.multiply(
      units, units.region.rows(rows), parameters, layout.attentionWeight, into: &hiddenGradient,
      hiddenGradient.region.rows(rows), adding: true)
  }
}
