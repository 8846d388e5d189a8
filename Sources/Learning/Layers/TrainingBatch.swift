import Traffic

/// The packets of one batch as rows of numbers.
///
/// Inputs lie with the packets that reach into most panels first, so that the rows that need a panel are the first
/// ones; everything after the projection lies as ``PackedRows`` says.
package struct TrainingBatch: ~Copyable {
  package private(set) var packed = PackedRows(counts: [])
  /// Class of each flow, by rank.
  private(set) var labels: [Int] = []
  /// [at least `packedRow.count`, D].
  private(set) var input: Matrix
  /// Packed row of each input row; absent packets of `zero` padding have none.
  package private(set) var packedRow: [Int] = []
  /// For each panel, how many of the first input rows have values in it.
  private(set) var rowsOfPanel: [Int] = []
  let panels: PanelPlan

  /// - Parameters:
  ///   - rows: largest number of packets of a batch. - columns: D.
  package init(rows: Int, columns: Int, panels: PanelPlan) {
    input = Matrix(rows: rows, columns: columns)
    self.panels = panels
  }

  /// The columns of a panel that exist; the last panel may reach beyond D.
  func columns(of panel: Int) -> Range<Int> { panels.columns(of: panel).clamped(to: 0..<input.columns) }

  /// Encodes the flows at `indices`.
  package mutating func fill(
    _ dataset: borrowing Dataset, _ indices: [Int], encoder: PacketEncoder, bytes: inout [UInt8]
  ) {
    let contract = encoder.contract
    packed = PackedRows(counts: indices.map { encoder.packetCount(of: dataset.examples[$0].flow) })
    labels = packed.order.map { dataset.examples[indices[$0]].label }
    var places: [(rank: Int, step: Int, panels: Int)] = []
    for (rank, place) in packed.order.enumerated() {
      let packets = dataset.examples[indices[place]].flow.packets
      for step in 0..<min(packed.lengths[rank], packets.count) {
        let count = encoder.visibleByteCount(packets[step], in: dataset.examples[indices[place]].flow)
        places.append((rank, step, panels.panels(forBytes: count)))
      }
    }
    // Sorted by rank and step too, so that the order is one and the same whatever the sort does with equals.
    places.sort { ($1.panels, $0.rank, $0.step) < ($0.panels, $1.rank, $1.step) }
    place(places)
    for (row, place) in places.enumerated() {
      let index = indices[packed.order[place.rank]]
      let start = row * input.columns
      let packet = dataset.examples[index].flow.packets[place.step]
      let count = encoder.copyVisibleBytes(of: packet, in: dataset.examples[index].flow, to: &bytes)
      Kernels.spread(bytes, count: count, as: contract.encoding, to: &input, at: start)
      let filled = count * panels.columnsPerByte
      Kernels.clear(&input, at: start + filled, count: input.columns - filled)
      encoder.forEachChannelValue(ofPacket: place.step, in: dataset.examples[index].flow) {
        input[row, contract.byteValues + $0] = $1
      }
    }
  }

  /// Takes inputs that are already numbers.
  ///
  /// - Parameters:
  ///   - values: [flows, packets, D], row-major; packets beyond a flow's length are not read.
  ///   - lengths: packets of each flow.
  ///   - labels: class of each flow.
  package mutating func fill(values: [Float], packets: Int, lengths: [Int], labels: [Int]) {
    packed = PackedRows(counts: lengths)
    self.labels = packed.order.map { labels[$0] }
    var places: [(rank: Int, step: Int, panels: Int)] = []
    for (rank, length) in packed.lengths.enumerated() {
      for step in 0..<length { places.append((rank, step, panels.count)) }
    }
    place(places)
    for (row, place) in places.enumerated() {
      let start = (packed.order[place.rank] * packets + place.step) * input.columns
      for column in 0..<input.columns { input[row, column] = values[start + column] }
    }
  }

  private mutating func place(_ places: [(rank: Int, step: Int, panels: Int)]) {
    packedRow = places.map { packed.row($0.rank, $0.step) }
    rowsOfPanel = (0..<panels.count).map { panel in
      panel >= panels.firstChannelPanel ? places.count : places.count { $0.panels > panel }
    }
  }
}
