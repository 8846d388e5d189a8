import Traffic

/// `deep-packet` in inference: weights only, shared by every worker. ``DeepPacket`` has the names of the sizes.
///
/// The outputs of a flow are the mean over its packets of s ln softmax(s r), with r the outputs of a packet and s the
/// sign of the loss. Most packets are short: results of filters that lie behind the last byte are the same for every
/// packet, and are taken from one that is empty.
final class DeepPacketInference: Sendable {
  private let layout: DeepPacketLayout
  private let encoder: PacketEncoder
  private let sign: Float
  // k1 to C1, k2 x C1 to C2, P x C2 to F1, F1 to F2.
  private let first: PackedWeight, second: PackedWeight
  private let firstDense: PackedWeight, secondDense: PackedWeight
  private let head: ClassifierHead
  // Of a packet of zeros: [1, P1 x C1] after ReLU, [1, P2 x C2].
  private let emptyFirst: Matrix, emptySecond: Matrix

  /// - Parameter block: all parameters, placed by the layout.
  init(_ layout: DeepPacketLayout, _ contract: InputContract, sign: Float, block: borrowing Matrix) {
    (self.layout, self.sign) = (layout, sign)
    encoder = PacketEncoder(contract)
    let first = PackedWeight(block, weight: layout.firstWeight, bias: layout.firstBias)
    let second = PackedWeight(block, weight: layout.secondWeight, bias: layout.secondBias)
    firstDense = PackedWeight(block, weight: layout.firstDense.weight, bias: layout.firstDense.bias)
    secondDense = PackedWeight(block, weight: layout.secondDense.weight, bias: layout.secondDense.bias)
    head = ClassifierHead(block, layout.head, ClassifierHead.Extras())
    let input = Matrix(rows: 1, columns: layout.length)
    var emptyFirst = Matrix(rows: 1, columns: layout.places.first * layout.size.firstFilters)
    var emptySecond = Matrix(rows: 1, columns: layout.places.second * layout.size.secondFilters)
    Self.convolve(
      input, layout.size.firstStride, first, places: 0..<layout.places.first, to: &emptyFirst, rectifying: true)
    Self.convolve(
      emptyFirst, layout.size.secondStride * layout.size.firstFilters, second, places: 0..<layout.places.second,
      to: &emptySecond, rectifying: false)
    self.first = first
    self.second = second
    self.emptyFirst = emptyFirst
    self.emptySecond = emptySecond
  }

  /// Sets some places of y [1, places x filters].
  ///
  /// - Parameter stride: values of x from a filter's place to its next.
  private static func convolve(
    _ x: borrowing Matrix, _ stride: Int, _ weight: borrowing PackedWeight, places: Range<Int>, to y: inout Matrix,
    rectifying: Bool
  ) {
    let start = places.lowerBound * weight.outputs
    Kernels.product(
      x,
      Region(start: places.lowerBound * stride, rows: places.count, columns: weight.inputs, stride: stride), weight,
      into: &y, Region(start: start, rows: places.count, columns: weight.outputs, stride: weight.outputs))
    guard rectifying else { return }
    for column in start..<places.upperBound * weight.outputs { y[0, column] = max(0, y[0, column]) }
  }

  /// The buffers one worker needs.
  struct Scratch: ~Copyable, Sendable {
    /// Packets whose fully connected layers are one product, so that their weights are read seldom.
    static let packetLimit = 64

    var bytes: [UInt8]
    // [1, M], [1, P1 x C1], [1, P2 x C2], [packetLimit, P x C2], [packetLimit, F1], [packetLimit, F2].
    var input: Matrix, first: Matrix, second: Matrix, features: Matrix
    var firstDense: Matrix, secondDense: Matrix
    var head: ClassifierHead.Scratch
  }

  func makeScratch() -> Scratch {
    let rows = Scratch.packetLimit
    return Scratch(
      bytes: [UInt8](repeating: 0, count: layout.length), input: Matrix(rows: 1, columns: layout.length),
      first: Matrix(rows: 1, columns: emptyFirst.columns), second: Matrix(rows: 1, columns: emptySecond.columns),
      features: Matrix(rows: rows, columns: firstDense.inputs),
      firstDense: Matrix(rows: rows, columns: firstDense.outputs),
      secondDense: Matrix(rows: rows, columns: secondDense.outputs), head: head.makeScratch(flows: rows))
  }

  private struct Place {
    /// Of the flow in the caller's list of indices.
    var rank: Int
    var step: Int
  }

  /// Runs the flows at `indices` and hands out, for each, its outputs [K]; there is no attention. A flow without
  /// packets has outputs of 0.
  func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int], _ scratch: inout Scratch,
    _ body: (_ index: Int, _ answer: NetworkAnswer) -> Void
  ) {
    var places: [Place] = []
    for (rank, index) in indices.enumerated() {
      for step in 0..<min(encoder.contract.packets, flows[index].packets.count) {
        places.append(Place(rank: rank, step: step))
      }
    }
    var sums = [[Float]](repeating: [Float](repeating: 0, count: layout.outputs), count: indices.count)
    for start in stride(from: 0, to: places.count, by: Scratch.packetLimit) {
      let group = places[start..<min(start + Scratch.packetLimit, places.count)]
      for (row, place) in group.enumerated() { convolve(flows[indices[place.rank]], place.step, row, &scratch) }
      let rows = 0..<group.count
      Self.rectified(scratch.features, rows, firstDense, into: &scratch.firstDense)
      Self.rectified(scratch.firstDense, rows, secondDense, into: &scratch.secondDense)
      head.run(scratch.secondDense, flows, group.map { indices[$0.rank] }, &scratch.head) { row, answer in
        let rank = group[start + row].rank
        for (k, value) in Softmax.logarithms(answer.outputs, factor: sign).enumerated() {
          sums[rank][k] += sign * value
        }
      }
    }
    for (rank, index) in indices.enumerated() {
      let count = Float(max(1, min(encoder.contract.packets, flows[index].packets.count)))
      body(index, NetworkAnswer(outputs: sums[rank].map { $0 / count }))
    }
  }

  private static func rectified(
    _ x: borrowing Matrix, _ rows: Range<Int>, _ weight: borrowing PackedWeight, into y: inout Matrix
  ) {
    Kernels.product(x, x.region.rows(rows), weight, into: &y, y.region.rows(rows))
    for row in rows {
      for column in 0..<y.columns { y[row, column] = max(0, y[row, column]) }
    }
  }

  /// Sets a row of `features`.
  private func convolve(_ flow: borrowing ObservedFlow, _ step: Int, _ row: Int, _ scratch: inout Scratch) {
    let size = layout.size, places = layout.places
    let count = encoder.copyVisibleBytes(of: flow.packets[step], in: flow, to: &scratch.bytes)
    Kernels.spread(scratch.bytes, count: count, as: .scaled, to: &scratch.input, at: 0)
    Kernels.clear(&scratch.input, at: count, count: layout.length - count)
    // The places that reach a byte, and those that reach one of these.
    let firstUsed = min(places.first, (count + size.firstStride - 1) / size.firstStride)
    let secondUsed = min(places.second, (firstUsed + size.secondStride - 1) / size.secondStride)
    Self.convolve(
      scratch.input, size.firstStride, first, places: 0..<firstUsed, to: &scratch.first, rectifying: true)
    Self.take(emptyFirst, from: firstUsed * size.firstFilters, into: &scratch.first)
    Self.convolve(
      scratch.first, size.secondStride * size.firstFilters, second, places: 0..<secondUsed, to: &scratch.second,
      rectifying: false)
    Self.take(emptySecond, from: secondUsed * size.secondFilters, into: &scratch.second)
    RectifiedPool(places: places.second, channels: size.secondFilters, size: size.pool).forward(
      scratch.second, row: 0, y: &scratch.features, row: row, column: 0)
  }

  private static func take(_ x: borrowing Matrix, from start: Int, into y: inout Matrix) {
    Kernels.copy(x, at: start, to: &y, at: start, count: x.count - start)
  }
}
