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

  /// gates [rows, 8H] = x W + b for every packet; a packet that is not there (`zero` padding) has x = 0.
  private func project(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows, _ scratch: inout InferenceScratch
  ) {
    let width = inputBias.count
    for row in 0..<packed.rows {
      Kernels.copy(inputBias, at: 0, to: &scratch.gates, at: row * width, count: width)
    }
    let packets = sortedPackets(flows, chunk, packed)
    for start in stride(from: 0, to: packets.count, by: Self.blockRows) {
      let block = packets[start..<min(start + Self.blockRows, packets.count)]
      let used = block.first?.panels ?? 0
      for (place, packet) in block.enumerated() {
        fill(place, flows[chunk[packed.order[packet.rank]]], packet.step, panels: used, &scratch)
      }
      if used == 0 { continue }
      for panel in 0..<used {
        let columns = panels.columns(of: panel)
        Kernels.multiply(
          scratch.input, scratch.input.region.columns(columns), inputWeight, inputWeight.region.rows(columns),
          into: &scratch.projected, scratch.projected.region, adding: panel > 0)
      }
      for (place, packet) in block.enumerated() {
        Kernels.addScaled(
          1, scratch.projected, at: place * width, to: &scratch.gates,
          at: packed.row(packet.rank, packet.step) * width, count: width)
      }
    }
  }

  private struct PacketPlace {
    var rank: Int, step: Int, panels: Int
  }

  /// The packets that are there, those with the most panels first, so that the blocks of short ones skip panels.
  private func sortedPackets(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows
  ) -> [PacketPlace] {
    var byPanels = [[PacketPlace]](repeating: [], count: panels.count + 1)
    for (rank, place) in packed.order.enumerated() {
      let index = chunk[place]
      for step in 0..<min(packed.lengths[rank], flows[index].packets.count) {
        let bytes = encoder.visibleByteCount(flows[index].packets[step], in: flows[index])
        let used = panels.panels(forBytes: bytes)
        byPanels[used].append(PacketPlace(rank: rank, step: step, panels: used))
      }
    }
    return byPanels.reversed().flatMap { $0 }
  }

  /// Writes one packet into row `row` of the input block. Columns that no product reads keep what they held.
  private func fill(
    _ row: Int, _ flow: borrowing ObservedFlow, _ step: Int, panels used: Int, _ scratch: inout InferenceScratch
  ) {
    let start = row * panels.paddedColumns
    let count = encoder.copyVisibleBytes(of: flow.packets[step], in: flow, to: &scratch.bytes)
    for (place, channel) in contract.channels.enumerated() {
      scratch.input[row, place] = encoder.channelValue(channel, ofPacket: step, in: flow)
    }
    let firstByte = start + panels.leadingColumns, end = start + used * panels.width
    Kernels.spread(scratch.bytes, count: count, as: contract.encoding, to: &scratch.input, at: firstByte)
    let filled = firstByte + count * panels.columnsPerByte
    Kernels.clear(&scratch.input, at: filled, count: end - filled)
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
      for start in stride(from: 0, to: carried, by: Self.blockRows) {
        // Rows of a block beyond the carried ones belong to other packets; their products are not used.
        let first = packed.offsets[before] + start
        let source = scratch.hidden.region.rows(first..<first + Self.blockRows).columns(half)
        let target = scratch.recurrent.region.rows(start..<start + Self.blockRows)
        if backward {
          Kernels.multiply(
            scratch.hidden, source, backwardRecurrent, backwardRecurrent.region, into: &scratch.recurrent, target,
            adding: false)
        } else {
          Kernels.multiply(
            scratch.hidden, source, forwardRecurrent, forwardRecurrent.region, into: &scratch.recurrent, target,
            adding: false)
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
    let size = attentionBias.count, width = scratch.hidden.columns
    for start in stride(from: 0, to: packed.rows, by: Self.blockRows) {
      Kernels.multiply(
        scratch.hidden, scratch.hidden.region.rows(start..<start + Self.blockRows), attentionWeight,
        attentionWeight.region, into: &scratch.attention, scratch.attention.region, adding: false)
      for row in 0..<min(Self.blockRows, packed.rows - start) {
        Kernels.addScaled(1, attentionBias, at: 0, to: &scratch.attention, at: row * size, count: size)
        Kernels.squash(&scratch.attention, scratch.attention.region.rows(row..<row + 1))
        scratch.scores[0, start + row] = Kernels.dot(
          scratch.attention, at: row * size, attentionContext, at: 0, count: size)
      }
    }
    var result: [[Float]] = []
    for (rank, length) in packed.lengths.enumerated() {
      for step in 0..<length { scratch.weights[0, step] = scratch.scores[0, packed.row(rank, step)] }
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
    let hidden = hiddenBias.count
    for start in stride(from: 0, to: packed.order.count, by: Self.blockRows) {
      let rows = min(Self.blockRows, packed.order.count - start)
      Kernels.multiply(
        scratch.context, scratch.context.region.rows(start..<start + Self.blockRows), hiddenWeight, hiddenWeight.region,
        into: &scratch.dense, scratch.dense.region, adding: false)
      for row in 0..<rows {
        Kernels.addScaled(1, hiddenBias, at: 0, to: &scratch.dense, at: row * hidden, count: hidden)
        for column in 0..<hidden { scratch.dense[row, column] = max(0, scratch.dense[row, column]) }
      }
      Kernels.multiply(
        scratch.dense, scratch.dense.region, outputWeight, outputWeight.region, into: &scratch.outputs,
        scratch.outputs.region, adding: false)
      for row in 0..<rows {
        body(start + row, (0..<outputBias.count).map { scratch.outputs[row, $0] + outputBias[0, $0] })
      }
    }
  }
}
