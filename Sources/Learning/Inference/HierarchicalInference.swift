import Records
import Traffic

/// The hierarchical attention network (paper 4.2) in inference: weights only, shared by every worker.
///
/// A byte has 256 values, so its share in the gates is a row of a table. Packets of like length step together through
/// their bytes, and no row stands for a byte that is not there; a packet without bytes is a vector of zeros.
final class HierarchicalInference: Sendable {
  private let encoder: PacketEncoder
  // [256, 8H].
  private let table: Matrix
  private let bytes: RecurrentLevel
  // 2H to 8H.
  private let input: PackedWeight
  private let packets: RecurrentLevel
  private let head: ClassifierHead

  private var contract: InputContract { encoder.contract }

  /// - Parameter block: all parameters, placed by the layout.
  init(
    _ layout: HierarchicalLayout, _ contract: InputContract, block: borrowing Matrix, _ extras: ClassifierHead.Extras
  ) {
    encoder = PacketEncoder(contract)
    let inputs = layout.byteInputs
    var table = Matrix(rows: 256, columns: 8 * layout.dimensions.units)
    let projection = PackedWeight(block, weight: layout.bytes.inputWeight, bias: layout.bytes.inputBias)
    Kernels.product(inputs, inputs.region, projection, into: &table, table.region)
    self.table = table
    bytes = RecurrentLevel(block, layout.bytes)
    input = PackedWeight(block, weight: layout.packets.inputWeight, bias: layout.packets.inputBias)
    packets = RecurrentLevel(block, layout.packets)
    head = ClassifierHead(block, layout.head, extras)
  }

  /// The buffers one worker needs.
  struct Scratch: ~Copyable, Sendable {
    /// Packets that step through their bytes together at the most, and their bytes.
    static let packetLimit = 256
    let byteLimit: Int
    /// Packet rows handled together.
    let rowLimit: Int
    var bytes: [UInt8]
    var byteLevel: RecurrentScratch
    // [rowLimit, 2H].
    var vectors: Matrix
    var packetLevel: RecurrentScratch
    var head: ClassifierHead.Scratch
  }

  func makeScratch() -> Scratch {
    let rows = max(contract.packets, 10 * InferenceScratch.flowLimit)
    let byteRows = max(contract.bytesPerPacket, (1 << 21) / bytes.units)
    return Scratch(
      byteLimit: byteRows, rowLimit: rows, bytes: [UInt8](repeating: 0, count: contract.bytesPerPacket),
      byteLevel: bytes.makeScratch(rows: byteRows, sequences: Scratch.packetLimit, steps: contract.bytesPerPacket),
      vectors: Matrix(rows: rows, columns: 2 * bytes.units),
      packetLevel: packets.makeScratch(
        rows: rows, sequences: InferenceScratch.flowLimit, steps: contract.packets),
      head: head.makeScratch(flows: InferenceScratch.flowLimit))
  }

  /// Runs the flows at `indices` and hands out the answer for each.
  ///
  /// - Parameter fieldsSeen: gets what each header field of the flow weighed, before `body` gets the flow.
  func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int], _ scratch: inout Scratch,
    fieldsSeen: ([FieldAttention]) -> Void = { _ in },
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
      let fields = readPackets(flows, chunk, packed, &scratch)
      let used = 0..<packed.rows
      Kernels.product(
        scratch.vectors, scratch.vectors.region.rows(used), input, into: &scratch.packetLevel.gates,
        scratch.packetLevel.gates.region.rows(used))
      let attention = packets.run(packed, &scratch.packetLevel)
      let places = packed.order.map { chunk[$0] }
      head.run(scratch.packetLevel.context, flows, places, &scratch.head) { rank, answer in
        var answer = answer
        answer.attention = attention[rank]
        let packets = (0..<packed.lengths[rank]).map { fields[packed.row(rank, $0)] }
        fieldsSeen(FieldShares.combined(packets, attention[rank]))
        body(places[rank], answer)
      }
    }
  }

  /// Sets `scratch.vectors`, a row a packet.
  ///
  /// - Returns: how each packet's attention falls on its header fields, by row.
  private func readPackets(
    _ flows: borrowing [ObservedFlow], _ chunk: [Int], _ packed: PackedRows, _ scratch: inout Scratch
  ) -> [FieldShares] {
    var fields = [FieldShares](repeating: FieldShares(), count: packed.rows)
    let width = 2 * bytes.units
    Kernels.clear(&scratch.vectors, at: 0, count: packed.rows * width)
    var places: [PacketPlace] = []
    for (rank, place) in packed.order.enumerated() {
      let index = chunk[place]
      for step in 0..<min(packed.lengths[rank], flows[index].packets.count) {
        let count = encoder.visibleByteCount(flows[index].packets[step], in: flows[index])
        if count > 0 { places.append(PacketPlace(rank: rank, step: step, count: count)) }
      }
    }
    for group in PacketPlace.groups(places, byteLimit: scratch.byteLimit, packetLimit: Scratch.packetLimit) {
      let rows = PackedRows(counts: group.map(\.count))
      for (rank, place) in group.enumerated() {
        let flow = chunk[packed.order[place.rank]]
        let count = encoder.copyVisibleBytes(
          of: flows[flow].packets[place.step], in: flows[flow], to: &scratch.bytes)
        for step in 0..<min(count, place.count) {
          Kernels.copy(
            table, at: Int(scratch.bytes[step]) * table.columns, to: &scratch.byteLevel.gates,
            at: rows.row(rank, step) * table.columns, count: table.columns)
        }
      }
      let attention = bytes.run(rows, &scratch.byteLevel)
      for (rank, place) in group.enumerated() {
        Kernels.copy(
          scratch.byteLevel.context, at: rank * width, to: &scratch.vectors,
          at: packed.row(place.rank, place.step) * width, count: width)
        let flow = chunk[packed.order[place.rank]]
        let spans = encoder.visibleFields(of: flows[flow].packets[place.step], in: flows[flow])
        fields[packed.row(place.rank, place.step)] = FieldShares(attention[rank], spans)
      }
    }
    return fields
  }
}
