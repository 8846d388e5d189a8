/// One direction of the Bi-LSTM over the packets (of `han` also: bytes) of a batch, Eq. (1)-(4), gates in the order i, f, g, o.
///
/// R is the number of packed rows. Both directions share matrices: `gates` is [R, 8H], `hidden` and `cells` are
/// [R, 2H], the forward direction in the first half of the columns.
struct LSTMLayer {
  let units: Int
  let isBackward: Bool
  /// [4H, H] in the parameters and in their gradient.
  let weight: Region

  init(_ layout: RecurrentLayout, isBackward: Bool) {
    units = layout.units
    self.isBackward = isBackward
    weight = layout.recurrentWeight[isBackward ? 1 : 0]
  }

  /// hidden and cells from gates, which hold W x + b and hold the activations afterwards. The state before a flow's
  /// first packet (backward: before its last) is zero.
  func forward(
    _ packed: PackedRows, parameters: borrowing Matrix, gates: inout Matrix, cells: inout Matrix, hidden: inout Matrix
  ) {
    for step in 0..<packed.steps {
      let step = isBackward ? packed.steps - 1 - step : step
      let (before, carried) = source(of: step, packed)
      let rows = packed.range(step, count: carried)
      Kernels.multiply(
        hidden, hidden.region.rows(before).columns(half), parameters, weight, transposing: .right, into: &gates,
        gates.region.rows(rows).columns(gateColumns), adding: true)
      for (rows, state) in parts(step, carried, before, packed, cells.region) {
        Kernels.lstmStep(
          gates: &gates, gates.region.rows(rows).columns(gateColumns), adding: parameters, nil, cells: &cells,
          before: state, after: cells.region.rows(rows).columns(half), hidden: &hidden,
          hidden.region.rows(rows).columns(half))
      }
    }
  }

  /// From dL/dhidden to dL/d(W x + b), which replaces the activations in `gates`; adds dL/dU [4H, H] to `gradient`.
  ///
  /// - Parameters:
  ///   - hiddenGradient: [R, 2H]; what flows back through the recurrence is added to it.
  ///   - cellGradient: [flows, H] to work in.
  func backward(
    _ packed: PackedRows, parameters: borrowing Matrix, gates: inout Matrix, cells: borrowing Matrix,
    hidden: borrowing Matrix, hiddenGradient: inout Matrix, cellGradient: inout Matrix, gradient: inout Matrix
  ) {
    Kernels.clear(&cellGradient, at: 0, count: packed.order.count * units)
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
      let preActivation = gates.region.rows(packed.range(step, count: carried)).columns(gateColumns)
      Kernels.multiply(
        gates, preActivation, parameters, weight, into: &hiddenGradient,
        hiddenGradient.region.rows(before).columns(half), adding: true)
      Kernels.multiply(
        gates, preActivation, hidden, hidden.region.rows(before).columns(half), transposing: .left, into: &gradient,
        weight, adding: true)
    }
  }

  var half: Range<Int> { isBackward ? units..<2 * units : 0..<units }
  var gateColumns: Range<Int> { isBackward ? 4 * units..<8 * units : 0..<4 * units }

  /// The rows of the step that came before `step` for the flows that had one, and how many flows these are.
  func source(of step: Int, _ packed: PackedRows) -> (rows: Range<Int>, count: Int) {
    let before = isBackward ? step + 1 : step - 1
    guard packed.active.indices.contains(before) else { return (0..<0, 0) }
    let count = min(packed.active[before], packed.active[step])
    return (packed.range(before, count: count), count)
  }

  /// The rows of a step that carry a state over, with the place of that state, and those that begin.
  func parts(
    _ step: Int, _ carried: Int, _ before: Range<Int>, _ packed: PackedRows, _ cells: Region
  ) -> [(Range<Int>, Region?)] {
    let start = packed.offsets[step], end = start + packed.active[step]
    return [(start..<start + carried, cells.rows(before).columns(half)), (start + carried..<end, nil)]
      .filter { !$0.0.isEmpty }
  }
}
