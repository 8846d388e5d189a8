import Traffic

/// The hierarchical attention network (paper 4.2, Algorithm 2) in training.
///
/// Packets of like length step together through their bytes in groups. What the backward pass needs of a group is kept
/// for one group only and computed again for the others: a batch of full packets would take gigabytes.
package struct HierarchicalAttention: Learner, ~Copyable {
  package let layout: HierarchicalLayout
  package var parameters: Matrix
  package private(set) var gradient: Matrix
  package var head: DenseHead

  private let encoder: PacketEncoder
  private var buffer: [UInt8]
  // [256, E], and [256, 8H] twice: the share of each value of a byte in the gates.
  private let byteInputs: Matrix
  private var table: Matrix, tableGradient: Matrix

  private var bytes: RecurrentState, packets: RecurrentState
  // R packets: [R, 2H] twice, by packed row.
  private var vectors: Matrix, vectorGradient: Matrix

  // The batch: its flows, labels by rank, and packets with bytes, in groups.
  private var packed = PackedRows(counts: [])
  private var labels: [Int] = []
  private var groups: [[PacketPlace]] = []
  // Bytes of each packet with any, by rank and step.
  private var contents: [[[UInt8]]] = []
  private var groupRows = PackedRows(counts: [])
  private var codes: [UInt8] = []
  private let byteLimit: Int

  package init(_ description: ModelDescription, flows: Int) throws(TrainingError) {
    try self.init(description, flows: flows, byteLimit: 4 << 20)
  }

  /// - Parameter byteLimit: bytes of a group times H at the most.
  package init(_ description: ModelDescription, flows: Int, byteLimit limit: Int) throws(TrainingError) {
    guard case .han(let size) = description.shape else {
      throw .foreign(description.shape, to: "a hierarchical attention network")
    }
    let contract = description.contract
    layout = HierarchicalLayout(contract.encoding, size, outputs: description.labels.count)
    parameters = Matrix(rows: 1, columns: layout.tensors.count)
    gradient = Matrix(rows: 1, columns: layout.tensors.count)
    head = DenseHead(layout.head, flows: flows)
    encoder = PacketEncoder(contract)
    buffer = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    byteInputs = layout.byteInputs
    table = Matrix(rows: 256, columns: 8 * size.units)
    tableGradient = Matrix(rows: 256, columns: 8 * size.units)
    let rows = flows * contract.packets
    byteLimit = max(contract.bytesPerPacket, min(rows * contract.bytesPerPacket, limit / size.units))
    bytes = RecurrentState(layout.bytes, parameters: parameters, rows: byteLimit, sequences: rows)
    packets = RecurrentState(layout.packets, parameters: parameters, rows: rows, sequences: flows)
    vectors = Matrix(rows: rows, columns: 2 * size.units)
    vectorGradient = Matrix(rows: rows, columns: 2 * size.units)
  }

  package mutating func initialise(_ generator: inout SeededGenerator) {
    layout.tensors.initialise(&parameters, units: layout.dimensions.units, &generator)
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
  package mutating func fill(_ dataset: borrowing Dataset, _ indices: [Int]) {
    packed = PackedRows(counts: indices.map { encoder.packetCount(of: dataset.examples[$0].flow) })
    labels = packed.order.map { dataset.examples[indices[$0]].label }
    contents = []
    var places: [PacketPlace] = []
    for (rank, place) in packed.order.enumerated() {
      let index = indices[place]
      var own: [[UInt8]] = []
      for step in 0..<min(packed.lengths[rank], dataset.examples[index].flow.packets.count) {
        let packet = dataset.examples[index].flow.packets[step]
        let count = encoder.copyVisibleBytes(of: packet, in: dataset.examples[index].flow, to: &buffer)
        own.append(Array(buffer[..<count]))
        if count > 0 { places.append(PacketPlace(rank: rank, step: step, count: count)) }
      }
      contents.append(own)
    }
    groups = PacketPlace.groups(places, byteLimit: byteLimit, packetLimit: .max)
  }

  /// Places of the batch's flows in the caller's list, by rank.
  package var order: [Int] { packed.order }

  /// head.outputs [B, K], by rank.
  package mutating func forward() {
    let width = vectors.columns, inputs = layout.bytes
    bytes.pack(parameters)
    packets.pack(parameters)
    for row in 0..<256 {
      Kernels.copy(
        parameters, at: inputs.inputBias.start, to: &table, at: row * table.columns, count: table.columns)
    }
    Kernels.multiply(
      byteInputs, byteInputs.region, parameters, inputs.inputWeight, transposing: .right, into: &table, table.region,
      adding: true)
    Kernels.clear(&vectors, at: 0, count: packed.rows * width)
    for group in groups {
      read(group)
      for (rank, place) in group.enumerated() {
        Kernels.copy(
          bytes.context, at: rank * width, to: &vectors, at: packed.row(place.rank, place.step) * width, count: width)
      }
    }
    let used = 0..<packed.rows, gateWidth = 8 * layout.dimensions.units
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

  /// The bytes of one group of packets, forward.
  private mutating func read(_ group: [PacketPlace]) {
    groupRows = PackedRows(counts: group.map(\.count))
    codes = [UInt8](repeating: 0, count: groupRows.rows)
    for (rank, place) in group.enumerated() {
      for (step, byte) in contents[place.rank][place.step].enumerated() { codes[groupRows.row(rank, step)] = byte }
    }
    for (row, byte) in codes.enumerated() {
      Kernels.copy(
        table, at: Int(byte) * table.columns, to: &bytes.gates, at: row * table.columns, count: table.columns)
    }
    bytes.forward(groupRows, parameters: parameters)
  }

  /// Sets `gradient` after ``forward()`` on the same batch.
  /// - Returns: the loss.
  package mutating func backward(loss: Loss) -> Double {
    let width = vectors.columns, gateWidth = 8 * layout.dimensions.units, used = 0..<packed.rows
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
    Kernels.clear(&tableGradient, at: 0, count: tableGradient.count)
    for (index, group) in groups.enumerated().reversed() {
      // The forward pass ended with the last group.
      if index != groups.count - 1 { read(group) }
      for (rank, place) in group.enumerated() {
        Kernels.copy(
          vectorGradient, at: packed.row(place.rank, place.step) * width, to: &bytes.contextGradient,
          at: rank * width, count: width)
      }
      bytes.backward(groupRows, parameters: parameters, gradient: &gradient)
      for (row, byte) in codes.enumerated() {
        Kernels.addScaled(
          1, bytes.gates, at: row * gateWidth, to: &tableGradient, at: Int(byte) * gateWidth, count: gateWidth)
      }
    }
    for row in 0..<256 {
      Kernels.addScaled(
        1, tableGradient, at: row * gateWidth, to: &gradient, at: layout.bytes.inputBias.start, count: gateWidth)
    }
    Kernels.multiply(
      tableGradient, tableGradient.region, byteInputs, byteInputs.region, transposing: .left, into: &gradient,
      layout.bytes.inputWeight, adding: true)
    return value
  }
}
