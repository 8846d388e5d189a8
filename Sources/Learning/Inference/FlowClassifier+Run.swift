import Traffic

extension FlowClassifier {
  /// Runs the model on the flows at `indices` and hands out, for each, its outputs r [K] and its attention.
  func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int], scratch: inout InferenceScratch,
    _ body: (_ index: Int, _ outputs: [Float], _ attention: [Float]) -> Void
  ) {
    precondition(scratch.classifier == ObjectIdentifier(self), "scratch of another model")
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
      recur(packed, backward: false, &scratch)
      recur(packed, backward: true, &scratch)
      let attention = attend(packed, &scratch)
      decide(packed, &scratch) { rank, outputs in body(chunk[packed.order[rank]], outputs, attention[rank]) }
    }
  }

  /// gates [rows, 8H] = W x + b for every packet; a packet that is not there (`zero` padding) has x = 0.
  private func project(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows, _ scratch: inout InferenceScratch
  ) {
    let width = input.outputs
    let packets = sortedPackets(flows, chunk, packed)
    if packets.count < packed.rows {
      for row in 0..<packed.rows {
        Kernels.copy(input.bias, at: 0, to: &scratch.gates, at: row * width, count: width)
      }
    }
    for start in stride(from: 0, to: packets.count, by: InferenceScratch.blockRows) {
      let block = packets[start..<min(start + InferenceScratch.blockRows, packets.count)]
      for (place, packet) in block.enumerated() {
        fill(place, flows[chunk[packed.order[packet.rank]]], packet.step, upTo: block.first?.used ?? 0, &scratch)
      }
      let rows = 0..<block.count
      Kernels.product(
        scratch.input, scratch.input.region.rows(rows), used: block.map(\.used), input, into: &scratch.projected,
        scratch.projected.region.rows(rows))
      for (place, packet) in block.enumerated() {
        Kernels.copy(
          scratch.projected, at: place * width, to: &scratch.gates, at: packed.row(packet.rank, packet.step) * width,
          count: width)
      }
    }
  }

  private struct PacketPlace {
    var rank: Int, step: Int
    /// Values up to the last byte.
    var used: Int
  }

  /// The packets that are there, longest first, so that the sums of the short ones can end early.
  private func sortedPackets(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows
  ) -> [PacketPlace] {
    let perByte = contract.encoding == .bits ? 8 : 1
    var packets: [PacketPlace] = []
    for (rank, place) in packed.order.enumerated() {
      let index = chunk[place]
      for step in 0..<min(packed.lengths[rank], flows[index].packets.count) {
        let bytes = encoder.visibleByteCount(flows[index].packets[step], in: flows[index])
        packets.append(PacketPlace(rank: rank, step: step, used: contract.channels.count + bytes * perByte))
      }
    }
    return packets.sorted { $0.used > $1.used }
  }

  /// Writes one packet into row `row` of the input, channels first, with zeros up to value `end`.
  private func fill(
    _ row: Int, _ flow: borrowing ObservedFlow, _ step: Int, upTo end: Int, _ scratch: inout InferenceScratch
  ) {
    let start = row * input.inputs
    let count = encoder.copyVisibleBytes(of: flow.packets[step], in: flow, to: &scratch.bytes)
    for (place, channel) in contract.channels.enumerated() {
      scratch.input[row, place] = encoder.channelValue(channel, ofPacket: step, in: flow)
    }
    let channels = contract.channels.count
    Kernels.spread(scratch.bytes, count: count, as: contract.encoding, to: &scratch.input, at: start + channels)
    let filled = channels + (contract.encoding == .bits ? 8 * count : count)
    Kernels.clear(&scratch.input, at: start + filled, count: end - filled)
  }

  /// hidden [rows, H] of one direction from gates, Eq. (1)-(4). The backward direction begins at each flow's last
  /// packet.
  private func recur(_ packed: PackedRows, backward: Bool, _ scratch: inout InferenceScratch) {
    let units = description.dimensions.units
    let half = backward ? units..<2 * units : 0..<units
    let quarter = backward ? 4 * units..<8 * units : 0..<4 * units
    for step in backward ? Array((0..<packed.steps).reversed()) : Array(0..<packed.steps) {
      let before = backward ? step + 1 : step - 1
      let carried = packed.active.indices.contains(before) ? min(packed.active[before], packed.active[step]) : 0
      if carried > 0 {
        let source = scratch.hidden.region.rows(packed.range(before, count: carried)).columns(half)
        let target = scratch.recurrent.region.rows(0..<carried)
        if backward {
          Kernels.product(scratch.hidden, source, backwardRecurrent, into: &scratch.recurrent, target)
        } else {
          Kernels.product(scratch.hidden, source, forwardRecurrent, into: &scratch.recurrent, target)
        }
      }
      for (ranks, isCarried) in [(0..<carried, true), (carried..<packed.active[step], false)] where !ranks.isEmpty {
        let rows = packed.offsets[step] + ranks.lowerBound..<packed.offsets[step] + ranks.upperBound
        let state = scratch.cells.region.rows(ranks)
        Kernels.lstmStep(
          gates: &scratch.gates, scratch.gates.region.rows(rows).columns(quarter), adding: scratch.recurrent,
          isCarried ? scratch.recurrent.region.rows(ranks) : nil, cells: &scratch.cells,
          before: isCarried ? state : nil, after: state, hidden: &scratch.hidden,
          scratch.hidden.region.rows(rows).columns(half))
      }
    }
  }

  /// Eq. (5)-(7): context [flows, 2H] and the weights of each flow's packets, by rank.
  private func attend(_ packed: PackedRows, _ scratch: inout InferenceScratch) -> [[Float]] {
    let size = attention.outputs, width = scratch.hidden.columns
    let used = scratch.attention.region.rows(0..<packed.rows)
    Kernels.product(
      scratch.hidden, scratch.hidden.region.rows(0..<packed.rows), attention, into: &scratch.attention, used)
    Kernels.squash(&scratch.attention, used)
    var result: [[Float]] = []
    for (rank, length) in packed.lengths.enumerated() {
      for step in 0..<length {
        scratch.weights[0, step] = Kernels.dot(
          scratch.attention, at: packed.row(rank, step) * size, attentionContext, at: 0, count: size)
      }
      Softmax.apply(&scratch.weights, at: 0, count: length)
      Kernels.clear(&scratch.context, at: rank * width, count: width)
      for step in 0..<length {
        Kernels.addScaled(
          scratch.weights[0, step], scratch.hidden, at: packed.row(rank, step) * width, to: &scratch.context,
          at: rank * width, count: width)
      }
      result.append((0..<length).map { scratch.weights[0, $0] })
    }
    return result
  }

  /// The fully connected layers: outputs r [K] of each flow, by rank.
  private func decide(_ packed: PackedRows, _ scratch: inout InferenceScratch, _ body: (Int, [Float]) -> Void) {
    let rows = 0..<packed.order.count
    let dense = scratch.dense.region.rows(rows)
    Kernels.product(scratch.context, scratch.context.region.rows(rows), hidden, into: &scratch.dense, dense)
    for row in rows {
      for column in 0..<hidden.outputs { scratch.dense[row, column] = max(0, scratch.dense[row, column]) }
    }
    Kernels.product(scratch.dense, dense, output, into: &scratch.outputs, scratch.outputs.region.rows(rows))
    for rank in rows { body(rank, (0..<output.outputs).map { scratch.outputs[rank, $0] }) }
  }
}
