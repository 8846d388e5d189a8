import Traffic

/// `cnn-lstm` in inference: weights only, shared by every worker. ``ConvolutionalLSTM`` has the names of the sizes.
final class ConvolutionalLSTMInference: Sendable {
  private let encoder: PacketEncoder
  private let filterCount: Int
  private let filters: PacketFilters
  // V to 8H.
  private let input: PackedWeight
  private let packets: RecurrentLevel
  private let head: ClassifierHead

  /// - Parameter block: all parameters, placed by the layout.
  init(
    _ layout: ConvolutionalLSTMLayout, _ contract: InputContract, block: borrowing Matrix,
    _ extras: ClassifierHead.Extras
  ) {
    encoder = PacketEncoder(contract)
    filterCount = layout.size.filters
    filters = PacketFilters(layout, contract.encoding, block: block)
    input = PackedWeight(block, weight: layout.packets.inputWeight, bias: layout.packets.inputBias)
    packets = RecurrentLevel(block, layout.packets)
    head = ClassifierHead(block, layout.head, extras)
  }

  /// The buffers one worker needs.
  struct Scratch: ~Copyable, Sendable {
    /// Packet rows handled together.
    let rowLimit: Int
    var bytes: [UInt8]
    var filters: PacketFilters.Scratch
    // [rowLimit, V].
    var vectors: Matrix
    var level: RecurrentScratch
    var head: ClassifierHead.Scratch
  }

  func makeScratch() -> Scratch {
    let contract = encoder.contract
    let rows = max(contract.packets, 10 * InferenceScratch.flowLimit)
    return Scratch(
      rowLimit: rows, bytes: [UInt8](repeating: 0, count: contract.bytesPerPacket),
      filters: filters.makeScratch(bytes: contract.bytesPerPacket),
      vectors: Matrix(rows: rows, columns: input.inputs),
      level: packets.makeScratch(rows: rows, sequences: InferenceScratch.flowLimit, steps: contract.packets),
      head: head.makeScratch(flows: InferenceScratch.flowLimit))
  }

  /// Runs the flows at `indices` and hands out the answer for each.
  func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int], _ scratch: inout Scratch,
    _ body: (_ index: Int, _ answer: NetworkAnswer) -> Void
  ) {
    var next = 0
    while next < indices.count {
      var chunk: [Int] = [], counts: [Int] = [], rows = 0
      while next < indices.count, chunk.count < InferenceScratch.flowLimit {
        let count = encoder.packetCount(of: flows[indices[next]])
        if rows + count > scratch.rowLimit { break }
        chunk.append(indices[next])
        counts.append(count)
        rows += count
        next += 1
      }
      let packed = PackedRows(counts: counts)
      readPackets(flows, chunk, packed, &scratch)
      let used = 0..<packed.rows
      Kernels.product(
        scratch.vectors, scratch.vectors.region.rows(used), input, into: &scratch.level.gates,
        scratch.level.gates.region.rows(used))
      let attention = packets.run(packed, &scratch.level)
      let places = packed.order.map { chunk[$0] }
      head.run(scratch.level.context, flows, places, &scratch.head) { rank, answer in
        var answer = answer
        answer.attention = attention[rank]
        body(places[rank], answer)
      }
    }
  }

  /// Sets `scratch.vectors`, a row a packet; a packet that is not there (`zero` padding) is zeros.
  private func readPackets(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows, _ scratch: inout Scratch
  ) {
    Kernels.clear(&scratch.vectors, at: 0, count: packed.rows * scratch.vectors.columns)
    for (rank, place) in packed.order.enumerated() {
      let index = chunk[place]
      for step in 0..<min(packed.lengths[rank], flows[index].packets.count) {
        let row = packed.row(rank, step)
        let count = encoder.copyVisibleBytes(of: flows[index].packets[step], in: flows[index], to: &scratch.bytes)
        filters.run(
          scratch.bytes, count: count, &scratch.filters, to: &scratch.vectors, at: row * scratch.vectors.columns)
        encoder.forEachChannelValue(ofPacket: step, in: flows[index]) {
          scratch.vectors[row, filterCount + $0] = $1
        }
      }
    }
  }
}
