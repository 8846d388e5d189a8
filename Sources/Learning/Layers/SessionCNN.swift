package import Traffic

/// The one-dimensional convolutional network of Wang et al. 2017 in training: two convolutions with ReLU and pooling,
/// and two fully connected layers.
///
/// B flows, L bytes, C1 and C2 filters of k places, P1 and P2 places after each pooling.
package struct SessionCNN: Learner, ~Copyable {
  package let layout: ConvolutionLayout
  package var parameters: Matrix
  package private(set) var gradient: Matrix
  package var head: DenseHead

  // [B, L + k - 1], [B, (P1 + k - 1) x C1], [B, P2 x C2]; the zeros around the places stay.
  private var input: Matrix
  private var middle: Matrix, middleGradient: Matrix
  private var features: Matrix, featureGradient: Matrix
  // [B, L x C1], [B, P1 x C2].
  private var first: Matrix, second: Matrix
  // [L, k], [P1, k x C1].
  private var firstColumns: Matrix, secondColumns: Matrix
  private let encoder: PacketEncoder
  private var bytes: [UInt8]

  package init(_ description: ModelDescription, flows: Int) throws(TrainingError) {
    guard case .cnn1D(let size) = description.shape else {
      throw .foreign(description.shape, to: "a convolutional network")
    }
    layout = ConvolutionLayout(size, outputs: description.labels.count)
    parameters = Matrix(rows: 1, columns: layout.tensors.count)
    gradient = Matrix(rows: 1, columns: layout.tensors.count)
    head = DenseHead(layout.head, flows: flows)
    input = Matrix(rows: flows, columns: size.length + size.kernel - 1)
    middle = Matrix(rows: flows, columns: (size.firstPooled + size.kernel - 1) * size.firstFilters)
    middleGradient = Matrix(rows: flows, columns: middle.columns)
    features = Matrix(rows: flows, columns: size.secondPooled * size.secondFilters)
    featureGradient = Matrix(rows: flows, columns: features.columns)
    first = Matrix(rows: flows, columns: size.length * size.firstFilters)
    second = Matrix(rows: flows, columns: size.firstPooled * size.secondFilters)
    firstColumns = Matrix(rows: size.length, columns: size.kernel)
    secondColumns = Matrix(rows: size.firstPooled, columns: size.kernel * size.firstFilters)
    encoder = PacketEncoder(description.contract)
    bytes = [UInt8](repeating: 0, count: description.contract.bytesPerPacket)
  }

  package mutating func initialise(_ generator: inout SeededGenerator) {
    layout.tensors.initialise(&parameters, units: 0, &generator)
  }

  package mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double) {
    optimiser.step(&parameters, gradient: gradient, rate: rate, gradientNorm: gradientNorm)
  }

  package func withParameters<Result: ~Copyable>(_ body: (borrowing Matrix) -> Result) -> Result { body(parameters) }

  package mutating func learn(
    _ dataset: borrowing Dataset, _ indices: [Int], loss: Loss, keep: Double, _ generator: inout SeededGenerator
  ) -> Double {
    for (row, index) in indices.enumerated() { fill(row, dataset.examples[index].flow) }
    head.drawMask(rows: indices.count, keep: keep, &generator)
    forward(rows: indices.count)
    return backward(labels: indices.map { dataset.examples[$0].label }, loss: loss)
  }

  /// Sets a flow's input: byte / 255, zeros behind the last byte.
  package mutating func fill(_ row: Int, _ flow: borrowing ObservedFlow) {
    let session = encoder.sessionBytes(of: flow, limit: layout.size.length, &bytes)
    let start = row * input.columns
    Kernels.clear(&input, at: start, count: input.columns)
    Kernels.spread(session, count: session.count, as: .scaled, to: &input, at: start + layout.size.padding)
  }

  /// Sets an input that is already numbers.
  package mutating func fill(_ row: Int, values: [Float]) {
    for (place, value) in values.enumerated() { input[row, layout.size.padding + place] = value }
  }

  private var firstLayer: ConvolutionLayer {
    ConvolutionLayer(weight: layout.firstWeight, bias: layout.firstBias, places: layout.size.length, channels: 1)
  }
  private var secondLayer: ConvolutionLayer {
    ConvolutionLayer(
      weight: layout.secondWeight, bias: layout.secondBias, places: layout.size.firstPooled,
      channels: layout.size.firstFilters)
  }
  private var firstPool: RectifiedPool {
    RectifiedPool(places: layout.size.length, channels: layout.size.firstFilters, size: layout.size.pool)
  }
  private var secondPool: RectifiedPool {
    RectifiedPool(places: layout.size.firstPooled, channels: layout.size.secondFilters, size: layout.size.pool)
  }

  /// head.outputs [B, K] of the first `rows` flows.
  package mutating func forward(rows: Int) {
    let column = layout.size.padding * layout.size.firstFilters
    for row in 0..<rows {
      firstLayer.forward(input, row: row, parameters: parameters, columns: &firstColumns, y: &first)
      firstPool.forward(first, row: row, y: &middle, row: row, column: column)
      secondLayer.forward(middle, row: row, parameters: parameters, columns: &secondColumns, y: &second)
      secondPool.forward(second, row: row, y: &features, row: row, column: 0)
    }
    head.forward(features, rows: rows, parameters: parameters)
  }

  /// Sets `gradient` after ``forward(rows:)``, which has to run again before the next.
  /// - Returns: the loss.
  package mutating func backward(labels: [Int], loss: Loss) -> Double {
    Kernels.clear(&gradient, at: 0, count: gradient.count)
    let value = head.backward(
      features, labels: labels, parameters: parameters, loss: loss, xGradient: &featureGradient, gradient: &gradient)
    let column = layout.size.padding * layout.size.firstFilters
    for row in labels.indices {
      secondPool.backward(&second, row: row, y: features, yGradient: featureGradient, column: 0)
      secondLayer.backward(
        middle, row: row, parameters: parameters, yGradient: second, columns: &secondColumns, gradient: &gradient)
      secondLayer.backward(
        to: &middleGradient, row: row, parameters: parameters, yGradient: second, columns: &secondColumns)
      firstPool.backward(&first, row: row, y: middle, yGradient: middleGradient, column: column)
      firstLayer.backward(
        input, row: row, parameters: parameters, yGradient: first, columns: &firstColumns, gradient: &gradient)
    }
    return value
  }
}
