import Traffic

/// `deep-packet` in training (Lotfollahi et al. 2017, arXiv 1709.02656): two convolutions over the bytes of one packet,
/// pooling, three fully connected layers.
///
/// Each packet is a sample, as in the article; those of a flow share the flow's weight, so that a long flow counts no
/// more than a short one. With cross-entropy a flow's loss is then minus its output for the true label, as
/// ``DeepPacketInference`` makes it: what is trained is what answers. Packets go through in groups, forward and
/// backward, so that memory does not grow with the batch. Most are short: where the second convolution reads nothing
/// but what lies behind the last byte, it is computed once a group, on an empty packet, and learns there from all.
///
/// G packets of a group, M bytes, P1 and P2 results of the convolutions, P after pooling.
package struct DeepPacket: Learner, ~Copyable {
  package let layout: DeepPacketLayout
  package var parameters: Matrix
  package private(set) var gradient: Matrix

  // [G + 1, M], [G + 1, P1 x C1] three times, [G + 1, P2 x C2]; the last row is the empty packet's. [G, P x C2] twice.
  private var input: Matrix
  private var first: Matrix, middle: Matrix, middleGradient: Matrix
  private var second: Matrix, features: Matrix, featureGradient: Matrix
  // Results of the empty packet going forward, dL/dresults coming back: [1, P2 x C2].
  private var empty: Matrix
  // Results of the second convolution that each packet has for itself.
  private var used: [Int] = []
  // [P1, k1], [P2, k2 x C1].
  private var firstColumns: Matrix, secondColumns: Matrix
  private var firstDense: RectifiedDense, secondDense: RectifiedDense
  private var head: DenseHead
  private let encoder: PacketEncoder
  private var bytes: [UInt8]

  package init(_ description: ModelDescription, flows: Int) throws(TrainingError) {
    guard case .deepPacket(let size) = description.shape else {
      throw .foreign(description.shape, to: "Deep Packet")
    }
    let most = max(1, min(64, (1 << 24) / size.largest(length: description.contract.bytesPerPacket)))
    try self.init(description, group: max(1, min(most, flows * description.contract.packets)))
  }

  /// - Parameter group: G.
  package init(_ description: ModelDescription, group: Int) throws(TrainingError) {
    guard case .deepPacket(let size) = description.shape else {
      throw .foreign(description.shape, to: "Deep Packet")
    }
    let length = description.contract.bytesPerPacket
    layout = DeepPacketLayout(size, length: length, outputs: description.labels.count)
    parameters = Matrix(rows: 1, columns: layout.tensors.count)
    gradient = Matrix(rows: 1, columns: layout.tensors.count)
    let places = layout.places
    input = Matrix(rows: group + 1, columns: length)
    first = Matrix(rows: group + 1, columns: places.first * size.firstFilters)
    middle = Matrix(rows: group + 1, columns: first.columns)
    middleGradient = Matrix(rows: group + 1, columns: first.columns)
    second = Matrix(rows: group + 1, columns: places.second * size.secondFilters)
    features = Matrix(rows: group, columns: places.pooled * size.secondFilters)
    featureGradient = Matrix(rows: group, columns: features.columns)
    empty = Matrix(rows: 1, columns: second.columns)
    used = [Int](repeating: 0, count: group)
    firstColumns = Matrix(rows: places.first, columns: size.firstKernel)
    secondColumns = Matrix(rows: places.second, columns: size.secondKernel * size.firstFilters)
    firstDense = RectifiedDense(layout.firstDense, rows: group)
    secondDense = RectifiedDense(layout.secondDense, rows: group)
    head = DenseHead(layout.head, flows: group)
    encoder = PacketEncoder(description.contract)
    bytes = [UInt8](repeating: 0, count: length)
  }

  package mutating func initialise(_ generator: inout SeededGenerator) {
    layout.tensors.initialise(&parameters, units: 0, &generator)
  }

  package mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double) {
    optimiser.step(&parameters, gradient: gradient, rate: rate, gradientNorm: gradientNorm)
  }

  package func withParameters<Result: ~Copyable>(_ body: (borrowing Matrix) -> Result) -> Result { body(parameters) }

  private struct Sample {
    var index: Int, step: Int, label: Int
    var share: Float
  }

  package mutating func learn(
    _ dataset: borrowing Dataset, _ indices: [Int], loss: Loss, keep: Double, _ generator: inout SeededGenerator
  ) -> Double {
    Kernels.clear(&gradient, at: 0, count: gradient.count)
    var samples: [Sample] = []
    for index in indices {
      let count = min(encoder.contract.packets, dataset.examples[index].flow.packets.count)
      for step in 0..<count {
        let share = 1 / (Float(indices.count) * Float(count))
        samples.append(Sample(index: index, step: step, label: dataset.examples[index].label, share: share))
      }
    }
    var total = 0.0
    for start in stride(from: 0, to: samples.count, by: features.rows) {
      let group = samples[start..<min(start + features.rows, samples.count)]
      for (row, sample) in group.enumerated() {
        fill(row, sample.step, dataset.examples[sample.index].flow)
      }
      firstDense.drawMask(rows: group.count, keep: keep, &generator)
      secondDense.drawMask(rows: group.count, keep: keep, &generator)
      head.drawMask(rows: group.count, keep: keep, &generator)
      forward(rows: group.count)
      total += backward(labels: group.map(\.label), shares: group.map(\.share), loss: loss)
    }
    return total
  }

  /// Sets a packet's input: byte / 255, zeros behind the last byte.
  private mutating func fill(_ row: Int, _ step: Int, _ flow: borrowing ObservedFlow) {
    let count = encoder.copyVisibleBytes(of: flow.packets[step], in: flow, to: &bytes)
    let start = row * input.columns
    Kernels.spread(bytes, count: count, as: .scaled, to: &input, at: start)
    Kernels.clear(&input, at: start + count, count: input.columns - count)
    let firstUsed = min(layout.places.first, (count + layout.size.firstStride - 1) / layout.size.firstStride)
    used[row] = min(layout.places.second, (firstUsed + layout.size.secondStride - 1) / layout.size.secondStride)
  }

  private var firstLayer: ConvolutionLayer {
    ConvolutionLayer(
      weight: layout.firstWeight, bias: layout.firstBias, places: layout.places.first, channels: 1,
      stride: layout.size.firstStride)
  }
  private func secondLayer(places: Int) -> ConvolutionLayer {
    ConvolutionLayer(
      weight: layout.secondWeight, bias: layout.secondBias, places: places,
      channels: layout.size.firstFilters, stride: layout.size.secondStride)
  }
  /// ReLU alone: a pool of one place.
  private var firstPool: RectifiedPool {
    RectifiedPool(places: layout.places.first, channels: layout.size.firstFilters, size: 1)
  }
  private var secondPool: RectifiedPool {
    RectifiedPool(places: layout.places.second, channels: layout.size.secondFilters, size: layout.size.pool)
  }

  /// head.outputs [G, K] of the first `rows` packets.
  private mutating func forward(rows: Int) {
    convolve(features.rows, places: layout.places.second)
    Kernels.copy(second, at: features.rows * second.columns, to: &empty, at: 0, count: second.columns)
    for row in 0..<rows {
      convolve(row, places: used[row])
      let own = used[row] * layout.size.secondFilters
      Kernels.copy(
        empty, at: own, to: &second, at: row * second.columns + own, count: second.columns - own)
      secondPool.forward(second, row: row, y: &features, row: row, column: 0)
    }
    firstDense.forward(features, rows: rows, parameters: parameters)
    secondDense.forward(firstDense.y, rows: rows, parameters: parameters)
    head.forward(secondDense.y, rows: rows, parameters: parameters)
  }

  /// The first `places` results of the second convolution of one row.
  private mutating func convolve(_ row: Int, places: Int) {
    firstLayer.forward(input, row: row, parameters: parameters, columns: &firstColumns, y: &first)
    firstPool.forward(first, row: row, y: &middle, row: row, column: 0)
    secondLayer(places: places).forward(
      middle, row: row, parameters: parameters, columns: &secondColumns, y: &second)
  }

  /// Adds to `gradient` what one row's convolutions learn from dL/dsecond, of which the first `places` results count.
  private mutating func learnConvolutions(_ row: Int, places: Int) {
    let layer = secondLayer(places: places)
    layer.backward(
      middle, row: row, parameters: parameters, yGradient: second, columns: &secondColumns, gradient: &gradient)
    layer.backward(to: &middleGradient, row: row, parameters: parameters, yGradient: second, columns: &secondColumns)
    firstPool.backward(&first, row: row, y: middle, yGradient: middleGradient, column: 0)
    firstLayer.backward(
      input, row: row, parameters: parameters, yGradient: first, columns: &firstColumns, gradient: &gradient)
  }

  /// Adds to `gradient` after ``forward(rows:)``.
  /// - Returns: the loss of each packet times its share, summed.
  private mutating func backward(labels: [Int], shares: [Float], loss: Loss) -> Double {
    let value = head.backward(
      secondDense.y, labels: labels, shares: shares, parameters: parameters, loss: loss,
      xGradient: &secondDense.yGradient, gradient: &gradient)
    secondDense.backward(
      firstDense.y, rows: labels.count, parameters: parameters, xGradient: &firstDense.yGradient, gradient: &gradient)
    firstDense.backward(
      features, rows: labels.count, parameters: parameters, xGradient: &featureGradient, gradient: &gradient)
    Kernels.clear(&empty, at: 0, count: empty.count)
    for row in labels.indices {
      secondPool.backward(&second, row: row, y: features, yGradient: featureGradient, column: 0)
      let own = used[row] * layout.size.secondFilters
      Kernels.addScaled(
        1, second, at: row * second.columns + own, to: &empty, at: own, count: second.columns - own)
      learnConvolutions(row, places: used[row])
    }
    Kernels.copy(empty, at: 0, to: &second, at: features.rows * second.columns, count: second.columns)
    learnConvolutions(features.rows, places: layout.places.second)
    return value
  }
}
