/// A network in training, as the training loop sees it.
package protocol Learner: ~Copyable {
  /// - Parameter flows: the largest number of flows of a batch.
  /// - Throws: `badRecipe` for a model of another architecture.
  init(_ description: ModelDescription, flows: Int) throws(TrainingError)

  /// Draws all parameters.
  mutating func initialise(_ generator: inout SeededGenerator)

  /// Runs some flows of a dataset forward and backward, with dropout that keeps a share of the values.
  /// - Returns: the mean loss; the gradient is kept for ``update(_:rate:gradientNorm:)``.
  mutating func learn(
    _ dataset: borrowing Dataset, _ indices: [Int], loss: Loss, keep: Double, _ generator: inout SeededGenerator
  ) -> Double

  /// One step of the optimiser with the gradient as it stands.
  mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double)

  /// Hands out all parameters, placed by the description's layout.
  func withParameters<Result: ~Copyable>(_ body: (borrowing Matrix) -> Result) -> Result
}

extension TrainingError {
  static func foreign(_ shape: NetworkShape, to network: String) -> TrainingError {
    TrainingError(
      .badRecipe, "cannot train: the network is \(network), and the model is \(shape.architecture.rawValue)")
  }
}

/// An attention LSTM with the batch it learns from.
struct AttentionLSTMLearner: Learner, ~Copyable {
  private var network: AttentionLSTM
  private var batch: TrainingBatch
  private let encoder: PacketEncoder
  private var bytes: [UInt8]

  init(_ description: ModelDescription, flows: Int) throws(TrainingError) {
    let contract = description.contract
    guard case .attentionLSTM(let size) = description.shape else {
      throw .foreign(description.shape, to: "an attention LSTM")
    }
    let rows = flows * contract.packets
    network = AttentionLSTM(
      ParameterLayout(inputs: contract.valuesPerPacket, dimensions: size, outputs: description.labels.count),
      flows: flows, rows: rows)
    batch = TrainingBatch(rows: rows, columns: contract.valuesPerPacket, panels: PanelPlan(contract))
    encoder = PacketEncoder(contract)
    bytes = [UInt8](repeating: 0, count: contract.bytesPerPacket)
  }

  mutating func initialise(_ generator: inout SeededGenerator) { network.initialise(&generator) }

  mutating func learn(
    _ dataset: borrowing Dataset, _ indices: [Int], loss: Loss, keep: Double, _ generator: inout SeededGenerator
  ) -> Double {
    batch.fill(dataset, indices, encoder: encoder, bytes: &bytes)
    network.head.drawMask(rows: indices.count, keep: keep, &generator)
    network.forward(batch)
    return network.backward(batch, loss: loss)
  }

  mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double) {
    network.update(&optimiser, rate: rate, gradientNorm: gradientNorm)
  }

  func withParameters<Result: ~Copyable>(_ body: (borrowing Matrix) -> Result) -> Result { body(network.parameters) }
}
