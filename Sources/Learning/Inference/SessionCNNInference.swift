import Traffic

/// The one-dimensional convolutional network in inference: weights only, shared by every worker.
///
/// A filter's values are neighbours in memory, so each convolution is a product of overlapping rows, and nothing is
/// gathered. ``SessionCNN`` has the names of the sizes.
final class SessionCNNInference: Sendable {
  private let size: ConvolutionDimensions
  private let encoder: PacketEncoder
  // k to C1, k x C1 to C2.
  private let first: PackedWeight, second: PackedWeight
  private let head: ClassifierHead

  /// - Parameter block: all parameters, placed by the layout.
  init(_ layout: ConvolutionLayout, _ contract: InputContract, block: borrowing Matrix, _ extras: ClassifierHead.Extras)
  {
    size = layout.size
    encoder = PacketEncoder(contract)
    first = PackedWeight(block, weight: layout.firstWeight, bias: layout.firstBias)
    second = PackedWeight(block, weight: layout.secondWeight, bias: layout.secondBias)
    head = ClassifierHead(block, layout.head, extras)
  }

  /// The buffers one worker needs.
  struct Scratch: ~Copyable, Sendable {
    /// Flows whose fully connected layer is one product, so that its weights are read seldom.
    static let flowLimit = 64

    var bytes: [UInt8]
    // [1, L + k - 1], [1, L x C1], [1, (P1 + k - 1) x C1], [1, P1 x C2], [flowLimit, P2 x C2].
    var input: Matrix, first: Matrix, middle: Matrix, second: Matrix, features: Matrix
    var head: ClassifierHead.Scratch
  }

  func makeScratch() -> Scratch {
    let margin = size.kernel - 1
    return Scratch(
      bytes: [UInt8](repeating: 0, count: encoder.contract.bytesPerPacket),
      input: Matrix(rows: 1, columns: size.length + margin),
      first: Matrix(rows: 1, columns: size.length * size.firstFilters),
      middle: Matrix(rows: 1, columns: (size.firstPooled + margin) * size.firstFilters),
      second: Matrix(rows: 1, columns: size.firstPooled * size.secondFilters),
      features: Matrix(rows: Scratch.flowLimit, columns: size.secondPooled * size.secondFilters),
      head: head.makeScratch(flows: Scratch.flowLimit))
  }

  /// Runs the flows at `indices` and hands out, for each, its outputs r [K]; there is no attention.
  func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int], _ scratch: inout Scratch,
    _ body: (_ index: Int, _ answer: NetworkAnswer) -> Void
  ) {
    for start in stride(from: 0, to: indices.count, by: Scratch.flowLimit) {
      let chunk = Array(indices[start..<min(start + Scratch.flowLimit, indices.count)])
      for (row, index) in chunk.enumerated() { convolve(flows[index], row, &scratch) }
      head.run(scratch.features, flows, chunk, &scratch.head) { body(chunk[$0], $1) }
    }
  }

  /// Sets a row of `features`.
  private func convolve(_ flow: borrowing ObservedFlow, _ row: Int, _ scratch: inout Scratch) {
    let session = encoder.sessionBytes(of: flow, limit: size.length, &scratch.bytes)
    Kernels.clear(&scratch.input, at: size.padding, count: size.length)
    Kernels.spread(session, count: session.count, as: .scaled, to: &scratch.input, at: size.padding)
    Kernels.product(
      scratch.input, Region(start: 0, rows: size.length, columns: size.kernel, stride: 1), first, into: &scratch.first,
      Region(start: 0, rows: size.length, columns: size.firstFilters, stride: size.firstFilters))
    RectifiedPool(places: size.length, channels: size.firstFilters, size: size.pool).forward(
      scratch.first, row: 0, y: &scratch.middle, row: 0, column: size.padding * size.firstFilters)
    Kernels.product(
      scratch.middle,
      Region(
        start: 0, rows: size.firstPooled, columns: size.kernel * size.firstFilters, stride: size.firstFilters), second,
      into: &scratch.second,
      Region(start: 0, rows: size.firstPooled, columns: size.secondFilters, stride: size.secondFilters))
    RectifiedPool(places: size.firstPooled, channels: size.secondFilters, size: size.pool).forward(
      scratch.second, row: 0, y: &scratch.features, row: row, column: 0)
  }
}
