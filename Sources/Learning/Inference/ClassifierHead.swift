/// The two fully connected layers that end each network, in inference.
struct ClassifierHead: ~Copyable, Sendable {
  // Inputs to F; F to K.
  private let hidden: PackedWeight, output: PackedWeight

  init(_ block: borrowing Matrix, _ layout: HeadLayout) {
    hidden = PackedWeight(block, weight: layout.hiddenWeight, bias: layout.hiddenBias)
    output = PackedWeight(block, weight: layout.outputWeight, bias: layout.outputBias)
  }

  func makeScratch(flows: Int) -> Scratch {
    Scratch(
      dense: Matrix(rows: flows, columns: hidden.outputs), outputs: Matrix(rows: flows, columns: output.outputs))
  }

  /// Hands out r [K] for each of the first `count` rows of x.
  func run(_ x: borrowing Matrix, count: Int, _ scratch: inout Scratch, _ body: (Int, [Float]) -> Void) {
    let rows = 0..<count
    let dense = scratch.dense.region.rows(rows)
    Kernels.product(x, x.region.rows(rows), hidden, into: &scratch.dense, dense)
    for row in rows {
      for column in 0..<hidden.outputs { scratch.dense[row, column] = max(0, scratch.dense[row, column]) }
    }
    Kernels.product(scratch.dense, dense, output, into: &scratch.outputs, scratch.outputs.region.rows(rows))
    for row in rows { body(row, (0..<output.outputs).map { scratch.outputs[row, $0] }) }
  }

  struct Scratch: ~Copyable, Sendable {
    // [flows, F], [flows, K].
    var dense: Matrix, outputs: Matrix
  }
}
