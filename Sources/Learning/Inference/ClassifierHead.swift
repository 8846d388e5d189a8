import Traffic

/// The two fully connected layers that end each network, in inference, and what else has a say in the outputs.
struct ClassifierHead: ~Copyable, Sendable {
  /// What a head does beside giving outputs.
  struct Extras: Sendable {
    /// Trees whose scores are added to the outputs.
    var ensemble: EnsembleTrees?
    /// Training flows to compare with, as ``ReferenceFlows`` keeps them.
    var references: Tensor?
    /// How answers will be read: flows whose label does not ask for a similarity are not compared. `nil` compares all.
    var rule: DecisionRule?
    /// Whether answers carry the features the head was given.
    var handsOutFeatures = false
  }

  // Inputs to F; F to K.
  private let hidden: PackedWeight, output: PackedWeight
  private let ensemble: EnsembleTrees?
  private let references: ReferenceFlows?
  private let rule: DecisionRule?
  private let handsOutFeatures: Bool

  init(_ block: borrowing Matrix, _ layout: HeadLayout, _ extras: Extras) {
    hidden = PackedWeight(block, weight: layout.hiddenWeight, bias: layout.hiddenBias)
    output = PackedWeight(block, weight: layout.outputWeight, bias: layout.outputBias)
    ensemble = extras.ensemble
    references = ReferenceFlows(extras.references)
    rule = extras.rule
    handsOutFeatures = extras.handsOutFeatures
  }

  func makeScratch(flows: Int) -> Scratch {
    Scratch(
      dense: Matrix(rows: flows, columns: hidden.outputs), outputs: Matrix(rows: flows, columns: output.outputs),
      references: references?.makeScratch())
  }

  /// Hands out the answer, without attention, for each of the first rows of x.
  ///
  /// - Parameter indices: for each of these rows, its flow's place in `flows`.
  func run(
    _ x: borrowing Matrix, _ flows: borrowing [ObservedFlow], _ indices: [Int], _ scratch: inout Scratch,
    _ body: (_ row: Int, _ answer: NetworkAnswer) -> Void
  ) {
    let rows = indices.indices
    let dense = scratch.dense.region.rows(rows)
    Kernels.product(x, x.region.rows(rows), hidden, into: &scratch.dense, dense)
    for row in rows {
      for column in 0..<hidden.outputs { scratch.dense[row, column] = max(0, scratch.dense[row, column]) }
    }
    Kernels.product(scratch.dense, dense, output, into: &scratch.outputs, scratch.outputs.region.rows(rows))
    var answers = rows.map { row in NetworkAnswer(outputs: (0..<output.outputs).map { scratch.outputs[row, $0] }) }
    ensemble?.add(to: &answers, of: flows, indices)
    if var own = scratch.references.take() {
      let compared = rows.filter { rule?.asksForScore(answers[$0].outputs) ?? true }
      let similarities = references?.similarities(of: x, rows: compared, &own) ?? []
      for (row, similarity) in zip(compared, similarities) { answers[row].similarity = similarity }
      scratch.references = consume own
    }
    for row in rows {
      if handsOutFeatures { answers[row].features = (0..<x.columns).map { x[row, $0] } }
      body(row, answers[row])
    }
  }

  struct Scratch: ~Copyable, Sendable {
    // [flows, F], [flows, K].
    var dense: Matrix, outputs: Matrix
    var references: ReferenceFlows.Scratch?
  }
}
