/// A Bi-LSTM with attention over sequences of packets, or of bytes, in inference: weights only.
struct RecurrentLevel: ~Copyable, Sendable {
  let units: Int
  // H to 4H without bias; 2H to A; [1, A].
  private let forwardRecurrent: PackedWeight, backwardRecurrent: PackedWeight
  private let attention: PackedWeight
  private let attentionContext: Matrix
  private let attentionKind: AttentionKind

  init(_ block: borrowing Matrix, _ layout: RecurrentLayout) {
    units = layout.units
    attentionKind = layout.attentionKind
    forwardRecurrent = PackedWeight(block, weight: layout.recurrentWeight[0], bias: nil)
    backwardRecurrent = PackedWeight(block, weight: layout.recurrentWeight[1], bias: nil)
    attention = PackedWeight(block, weight: layout.attentionWeight, bias: layout.attentionBias)
    var context = Matrix(rows: 1, columns: layout.attentionContext.columns)
    Kernels.copy(block, at: layout.attentionContext.start, to: &context, at: 0, count: context.count)
    attentionContext = context
  }

  func makeScratch(rows: Int, sequences: Int, steps: Int) -> RecurrentScratch {
    RecurrentScratch(units: units, attention: attention.outputs, rows: rows, sequences: sequences, steps: steps)
  }

  /// Sets `scratch.context` [sequences, 2H] by rank, from `scratch.gates`, which hold W x + b.
  /// - Returns: the weights of each sequence's steps, by rank.
  func run(_ packed: PackedRows, _ scratch: inout RecurrentScratch) -> [[Float]] {
    recur(packed, backward: false, &scratch)
    recur(packed, backward: true, &scratch)
    return attend(packed, &scratch)
  }

  /// hidden [rows, H] of one direction from gates, Eq. (1)-(4). The backward direction begins at each sequence's
  /// last step.
  private func recur(_ packed: PackedRows, backward: Bool, _ scratch: inout RecurrentScratch) {
    let half = backward ? units..<2 * units : 0..<units
    let quarter = backward ? 4 * units..<8 * units : 0..<4 * units
    for step in backward ? Array((0..<packed.steps).reversed()) : Array(0..<packed.steps) {
      let before = backward ? step + 1 : step - 1
      let carried = packed.active.indices.contains(before) ? min(packed.active[before], packed.active[step]) : 0
      if carried > 0 {
        let source = scratch.hidden.region.rows(packed.range(before, count: carried)).columns(half)
        let target = scratch.recurrent.region.rows(0..<carried)
        if backward {
          Kernels.product(scratch.hidden, source, backwardRecurrent, into: &scratch.recurrent, target)
        } else {
          Kernels.product(scratch.hidden, source, forwardRecurrent, into: &scratch.recurrent, target)
        }
      }
      for (ranks, isCarried) in [(0..<carried, true), (carried..<packed.active[step], false)] where !ranks.isEmpty {
        let rows = packed.offsets[step] + ranks.lowerBound..<packed.offsets[step] + ranks.upperBound
        let state = scratch.cells.region.rows(ranks)
        Kernels.lstmStep(
          gates: &scratch.gates, scratch.gates.region.rows(rows).columns(quarter), adding: scratch.recurrent,
          isCarried ? scratch.recurrent.region.rows(ranks) : nil, cells: &scratch.cells,
          before: isCarried ? state : nil, after: state, hidden: &scratch.hidden,
          scratch.hidden.region.rows(rows).columns(half))
      }
    }
  }

  /// Eq. (5)-(7): context [sequences, 2H] and the weights of each sequence's steps, by rank.
  private func attend(_ packed: PackedRows, _ scratch: inout RecurrentScratch) -> [[Float]] {
    let size = attention.outputs, width = scratch.hidden.columns
    let used = scratch.attention.region.rows(0..<packed.rows)
    Kernels.product(
      scratch.hidden, scratch.hidden.region.rows(0..<packed.rows), attention, into: &scratch.attention, used)
    Kernels.squash(&scratch.attention, used)
    var result: [[Float]] = []
    for (rank, length) in packed.lengths.enumerated() {
      for step in 0..<length {
        scratch.weights[0, step] = Kernels.dot(
          scratch.attention, at: packed.row(rank, step) * size, attentionContext, at: 0, count: size)
      }
      attentionKind.apply(&scratch.weights, at: 0, count: length)
      Kernels.clear(&scratch.context, at: rank * width, count: width)
      for step in 0..<length {
        Kernels.addScaled(
          scratch.weights[0, step], scratch.hidden, at: packed.row(rank, step) * width, to: &scratch.context,
          at: rank * width, count: width)
      }
      result.append((0..<length).map { scratch.weights[0, $0] })
    }
    return result
  }
}

/// What a ``RecurrentLevel`` works in.
struct RecurrentScratch: ~Copyable, Sendable {
  // Rows of steps, first steps of all sequences, then second steps, and so on: [rows, 8H], [rows, 2H].
  var gates: Matrix, hidden: Matrix
  // Rows of sequences: [sequences, 4H], [sequences, H].
  var recurrent: Matrix, cells: Matrix
  // [rows, A], [1, longest sequence], [sequences, 2H].
  var attention: Matrix, weights: Matrix, context: Matrix

  init(units: Int, attention size: Int, rows: Int, sequences: Int, steps: Int) {
    gates = Matrix(rows: rows, columns: 8 * units)
    hidden = Matrix(rows: rows, columns: 2 * units)
    recurrent = Matrix(rows: sequences, columns: 4 * units)
    cells = Matrix(rows: sequences, columns: units)
    attention = Matrix(rows: rows, columns: size)
    weights = Matrix(rows: 1, columns: steps)
    context = Matrix(rows: sequences, columns: 2 * units)
  }
}
