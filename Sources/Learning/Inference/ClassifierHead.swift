/// The two fully connected layers that end each network, in inference.
struct ClassifierHead: ~Copyable, Sendable {
  /// What a head does beside giving outputs.
  struct Extras: Sendable {
    /// Training flows to compare with, as ``ReferenceFlows`` keeps them.
    var references: Tensor?
    /// Whether answers carry the features the head was given.
    var handsOutFeatures = false
  }

  // Inputs to F; F to K.
  private let hidden: PackedWeight, output: PackedWeight
  private let references: ReferenceFlows?
  private let handsOutFeatures: Bool

  init(_ block: borrowing Matrix, _ layout: HeadLayout, _ extras: Extras) {
    hidden = PackedWeight(block, weight: layout.hiddenWeight, bias: layout.hiddenBias)
    output = PackedWeight(block, weight: layout.outputWeight, bias: layout.outputBias)
    references = ReferenceFlows(extras.references)
    handsOutFeatures = extras.handsOutFeatures
  }

  func makeScratch(flows: Int) -> Scratch {
    Scratch(
      dense: Matrix(rows: flows, columns: hidden.outputs), outputs: Matrix(rows: flows, columns: output.outputs),
      cosines: references?.makeScratch() ?? Matrix(rows: 0, columns: 0))
  }

  /// Hands out the answer, without attention, for each of the first `count` rows of x.
  func run(_ x: borrowing Matrix, count: Int, _ scratch: inout Scratch, _ body: (Int, NetworkAnswer) -> Void) {
    let rows = 0..<count
    let dense = scratch.dense.region.rows(rows)
    Kernels.product(x, x.region.rows(rows), hidden, into: &scratch.dense, dense)
    for row in rows {
      for column in 0..<hidden.outputs { scratch.dense[row, column] = max(0, scratch.dense[row, column]) }
    }
    Kernels.product(scratch.dense, dense, output, into: &scratch.outputs, scratch.outputs.region.rows(rows))
    let similarities = references?.similarities(of: x, count: count, &scratch.cosines)
    for row in rows {
      var answer = NetworkAnswer(outputs: (0..<output.outputs).map { scratch.outputs[row, $0] })
      answer.similarity = similarities?[row]
      if handsOutFeatures { answer.features = (0..<x.columns).map { x[row, $0] } }
      body(row, answer)
    }
  }

  struct Scratch: ~Copyable, Sendable {
    // [flows, F], [flows, K], and some flows by the references.
    var dense: Matrix, outputs: Matrix, cosines: Matrix
  }
}
