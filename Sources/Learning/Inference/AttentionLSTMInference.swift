import Traffic

/// The attention LSTM (paper 4.1) in inference: weights only, shared by every worker.
final class AttentionLSTMInference: Sendable {
  private let encoder: PacketEncoder
  // D to 8H, channels first.
  private let input: PackedWeight
  private let level: RecurrentLevel
  private let head: ClassifierHead

  private var contract: InputContract { encoder.contract }

  /// - Parameter block: all parameters, placed by the layout.
  init(_ layout: ParameterLayout, _ contract: InputContract, block: borrowing Matrix, _ extras: ClassifierHead.Extras) {
    encoder = PacketEncoder(contract)
    input = PackedWeight(
      block, weight: layout.packets.inputWeight, bias: layout.packets.inputBias,
      order: Array(contract.byteValues..<contract.valuesPerPacket) + Array(0..<contract.byteValues))
    level = RecurrentLevel(block, layout.packets)
    head = ClassifierHead(block, layout.head, extras)
  }

  /// The buffers one worker needs.
  struct Scratch: ~Copyable, Sendable {
    /// Packets whose input is laid out at one time: enough to read the weights seldom, few enough for the cache.
    static let blockRows = 96

    /// Packet rows handled together.
    let rowLimit: Int
    var bytes: [UInt8]
    // [blockRows, D], channels first, and [blockRows, 8H].
    var input: Matrix, projected: Matrix
    var level: RecurrentScratch
    var head: ClassifierHead.Scratch
  }

  func makeScratch() -> Scratch {
    let rows = max(contract.packets, 10 * InferenceScratch.flowLimit)
    return Scratch(
      rowLimit: rows, bytes: [UInt8](repeating: 0, count: contract.bytesPerPacket),
      input: Matrix(rows: Scratch.blockRows, columns: contract.valuesPerPacket),
      projected: Matrix(rows: Scratch.blockRows, columns: 8 * level.units),
      level: level.makeScratch(rows: rows, sequences: InferenceScratch.flowLimit, steps: contract.packets),
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
      project(flows, chunk, packed, &scratch)
      let attention = level.run(packed, &scratch.level)
      let places = packed.order.map { chunk[$0] }
      head.run(scratch.level.context, flows, places, &scratch.head) { rank, answer in
        var answer = answer
        answer.attention = attention[rank]
        body(places[rank], answer)
      }
    }
  }

  /// gates [rows, 8H] = W x + b for every packet; a packet that is not there (`zero` padding) has x = 0.
  private func project(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows, _ scratch: inout Scratch
  ) {
    let width = input.outputs
    let packets = sortedPackets(flows, chunk, packed)
    if packets.count < packed.rows {
      for row in 0..<packed.rows {
        Kernels.copy(input.bias, at: 0, to: &scratch.level.gates, at: row * width, count: width)
      }
    }
    for start in stride(from: 0, to: packets.count, by: Scratch.blockRows) {
      let block = packets[start..<min(start + Scratch.blockRows, packets.count)]
      let longest = contract.channelValues + (block.first?.bytes ?? 0) * (contract.encoding == .bits ? 8 : 1)
      for (place, packet) in block.enumerated() {
        fill(place, flows[chunk[packed.order[packet.rank]]], packet.step, upTo: longest, &scratch)
      }
      let rows = 0..<block.count
      Kernels.product(
        scratch.input, scratch.input.region.rows(rows), used: longest, input, into: &scratch.projected,
        scratch.projected.region.rows(rows))
      for (place, packet) in block.enumerated() {
        Kernels.copy(
          scratch.projected, at: place * width, to: &scratch.level.gates,
          at: packed.row(packet.rank, packet.step) * width,
          count: width)
      }
    }
  }

  private struct PacketPlace {
    var rank: Int, step: Int
    /// Bytes the model sees.
    var bytes: Int
  }

  /// The packets that are there, longest first, so that short ones stand together and share their zeros.
  private func sortedPackets(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows
  ) -> [PacketPlace] {
    var packets: [PacketPlace] = []
    for (rank, place) in packed.order.enumerated() {
      let index = chunk[place]
      for step in 0..<min(packed.lengths[rank], flows[index].packets.count) {
        let bytes = encoder.visibleByteCount(flows[index].packets[step], in: flows[index])
        packets.append(PacketPlace(rank: rank, step: step, bytes: bytes))
      }
    }
    return packets.sorted { $0.bytes > $1.bytes }
  }

  /// Writes one packet into row `row` of the input, channels first, with zeros up to value `end`.
  private func fill(
    _ row: Int, _ flow: borrowing ObservedFlow, _ step: Int, upTo end: Int, _ scratch: inout Scratch
  ) {
    let start = row * input.inputs
    let count = encoder.copyVisibleBytes(of: flow.packets[step], in: flow, to: &scratch.bytes)
    encoder.forEachChannelValue(ofPacket: step, in: flow) { scratch.input[row, $0] = $1 }
    let channels = contract.channelValues
    Kernels.spread(scratch.bytes, count: count, as: contract.encoding, to: &scratch.input, at: start + channels)
    let filled = channels + (contract.encoding == .bits ? 8 * count : count)
    Kernels.clear(&scratch.input, at: start + filled, count: end - filled)
  }
}
