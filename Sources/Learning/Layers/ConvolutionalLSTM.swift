import Traffic

/// `cnn-lstm` in training, what Yao et al. name as future work: filters find what is in a packet, and the attention
/// LSTM of their section 4.1 reads what they found, packet after packet.
///
/// B flows of R packets, V values a packet: C filters and the contract's channels.
package struct ConvolutionalLSTM: Learner, ~Copyable {
  package let layout: ConvolutionalLSTMLayout
  package var parameters: Matrix
  package private(set) var gradient: Matrix
  package var head: DenseHead

  private let encoder: PacketEncoder
  private var buffer: [UInt8]
  private var filters: PacketFilters
  private var scratch: PacketFilters.Scratch
  private var packets: RecurrentState
  // [R, V] twice, by packed row.
  private var vectors: Matrix, vectorGradient: Matrix

  // The batch: its flows, labels by rank, and the bytes of the packets that are there.
  private var packed = PackedRows(counts: [])
  private var labels: [Int] = []
  private var contents: [(row: Int, bytes: [UInt8])] = []
  // Where each filter found its value, C for each of `contents`.
  private var places: [Int] = []

  package init(_ description: ModelDescription, flows: Int) throws(TrainingError) {
    guard case .cnnLSTM(let size) = description.shape else {
      throw .foreign(description.shape, to: "a convolutional LSTM")
    }
    let contract = description.contract
    layout = ConvolutionalLSTMLayout(size, contract, outputs: description.labels.count)
    parameters = Matrix(rows: 1, columns: layout.tensors.count)
    gradient = Matrix(rows: 1, columns: layout.tensors.count)
    head = DenseHead(layout.head, flows: flows)
    encoder = PacketEncoder(contract)
    buffer = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    filters = PacketFilters(layout, contract.encoding, block: parameters)
    scratch = filters.makeScratch(bytes: contract.bytesPerPacket)
    let rows = flows * contract.packets
    packets = RecurrentState(layout.packets, parameters: parameters, rows: rows, sequences: flows)
    vectors = Matrix(rows: rows, columns: layout.packets.inputWeight.columns)
    vectorGradient = Matrix(rows: rows, columns: vectors.columns)
  }

  package mutating func initialise(_ generator: inout SeededGenerator) {
    layout.tensors.initialise(&parameters, units: layout.size.units, &generator)
  }

  package mutating func update(_ optimiser: inout Adam, rate: Double, gradientNorm: Double) {
    optimiser.step(&parameters, gradient: gradient, rate: rate, gradientNorm: gradientNorm)
  }

  package func withParameters<Result: ~Copyable>(_ body: (borrowing Matrix) -> Result) -> Result { body(parameters) }

  package mutating func learn(
    _ dataset: borrowing Dataset, _ indices: [Int], loss: Loss, keep: Double, _ generator: inout SeededGenerator
  ) -> Double {
    fill(dataset, indices)
    head.drawMask(rows: indices.count, keep: keep, &generator)
    forward()
    return backward(loss: loss)
  }

  /// Takes the flows at `indices` as the batch.
  private mutating func fill(_ dataset: borrowing Dataset, _ indices: [Int]) {
    let filterCount = layout.size.filters
    packed = PackedRows(counts: indices.map { encoder.packetCount(of: dataset.examples[$0].flow) })
    labels = packed.order.map { dataset.examples[indices[$0]].label }
    Kernels.clear(&vectors, at: 0, count: packed.rows * vectors.columns)
    contents = []
    for (rank, place) in packed.order.enumerated() {
      let index = indices[place]
      for step in 0..<min(packed.lengths[rank], dataset.examples[index].flow.packets.count) {
        let packet = dataset.examples[index].flow.packets[step], row = packed.row(rank, step)
        let count = encoder.copyVisibleBytes(of: packet, in: dataset.examples[index].flow, to: &buffer)
        contents.append((row, Array(buffer[..<count])))
        encoder.forEachChannelValue(ofPacket: step, in: dataset.examples[index].flow) {
          vectors[row, filterCount + $0] = $1
        }
      }
    }
  }

  /// head.outputs [B, K], by rank.
  private mutating func forward() {
    let used = 0..<packed.rows, gateWidth = packets.gates.columns
    filters = PacketFilters(layout, encoder.contract.encoding, block: parameters)
    packets.pack(parameters)
    places = []
    for (row, bytes) in contents {
      filters.run(bytes, count: bytes.count, &scratch, to: &vectors, at: row * vectors.columns)
      places += scratch.places
    }
    for row in used {
      Kernels.copy(
        parameters, at: layout.packets.inputBias.start, to: &packets.gates, at: row * gateWidth, count: gateWidth)
    }
    Kernels.multiply(
      vectors, vectors.region.rows(used), parameters, layout.packets.inputWeight, transposing: .right,
      into: &packets.gates, packets.gates.region.rows(used), adding: true)
    packets.forward(packed, parameters: parameters)
    head.forward(packets.context, rows: packed.order.count, parameters: parameters)
  }

  /// Sets `gradient` after ``forward()``.
  /// - Returns: the loss.
  private mutating func backward(loss: Loss) -> Double {
    let used = 0..<packed.rows, gateWidth = packets.gates.columns
    Kernels.clear(&gradient, at: 0, count: gradient.count)
    let value = head.backward(
      packets.context, labels: labels, parameters: parameters, loss: loss, xGradient: &packets.contextGradient,
      gradient: &gradient)
    packets.backward(packed, parameters: parameters, gradient: &gradient)
    for row in used {
      Kernels.addScaled(
        1, packets.gates, at: row * gateWidth, to: &gradient, at: layout.packets.inputBias.start, count: gateWidth)
    }
    Kernels.multiply(
      packets.gates, packets.gates.region.rows(used), vectors, vectors.region.rows(used), transposing: .left,
      into: &gradient, layout.packets.inputWeight, adding: true)
    Kernels.multiply(
      packets.gates, packets.gates.region.rows(used), parameters, layout.packets.inputWeight, into: &vectorGradient,
      vectorGradient.region.rows(used), adding: false)
    for (index, packet) in contents.enumerated() {
      let own = index * layout.size.filters..<(index + 1) * layout.size.filters
      filters.backward(
        packet.bytes, places: places[own], &scratch, vectorGradient: vectorGradient,
        at: packet.row * vectorGradient.columns, layout: layout, gradient: &gradient)
    }
    return value
  }
}
