/// Filters over the bytes of one packet, ReLU, and the largest value of each filter wherever it lies: a vector of C
/// values for packets of any length. Training and inference share it.
///
/// A filter begins at each byte that is there and reads zeros behind the last one. A packet without bytes is a vector
/// of zeros. k bytes a filter, E values a byte.
struct PacketFilters: ~Copyable, Sendable {
  private let weight: PackedWeight
  private let encoding: InputContract.Encoding
  private let kernel: Int

  static func valuesPerByte(_ encoding: InputContract.Encoding) -> Int { encoding == .bits ? 8 : 1 }

  private var perByte: Int { Self.valuesPerByte(encoding) }

  /// - Parameter block: all parameters, placed by the layout.
  init(_ layout: ConvolutionalLSTMLayout, _ encoding: InputContract.Encoding, block: borrowing Matrix) {
    weight = PackedWeight(block, weight: layout.filterWeight, bias: layout.filterBias)
    self.encoding = encoding
    kernel = layout.size.kernel
  }

  struct Scratch: ~Copyable, Sendable {
    // [1, (M + k - 1) x E], [M, C].
    var input: Matrix, results: Matrix
    /// Byte at which each filter found its value; -1 where that is 0. [C]
    var places: [Int]
  }

  /// - Parameter bytes: M.
  func makeScratch(bytes: Int) -> Scratch {
    Scratch(
      input: Matrix(rows: 1, columns: (bytes + kernel - 1) * perByte),
      results: Matrix(rows: bytes, columns: weight.outputs), places: [Int](repeating: -1, count: weight.outputs))
  }

  /// Sets `scratch.input`: the first `count` bytes, and zeros as far as a filter reaches.
  func read(_ bytes: [UInt8], count: Int, _ scratch: inout Scratch) {
    Kernels.spread(bytes, count: count, as: encoding, to: &scratch.input, at: 0)
    Kernels.clear(&scratch.input, at: count * perByte, count: (kernel - 1) * perByte)
  }

  /// Sets C values of `vectors` from place `start` on, and `scratch.places`.
  func run(_ bytes: [UInt8], count: Int, _ scratch: inout Scratch, to vectors: inout Matrix, at start: Int) {
    let filters = weight.outputs
    Kernels.clear(&vectors, at: start, count: filters)
    for filter in 0..<filters { scratch.places[filter] = -1 }
    read(bytes, count: count, &scratch)
    Kernels.product(
      scratch.input, Region(start: 0, rows: count, columns: weight.inputs, stride: perByte), weight,
      into: &scratch.results, scratch.results.region.rows(0..<count))
    Self.find(scratch.results, count: count, places: &scratch.places, in: &vectors, at: start)
  }

  /// The largest of the first `count` results of each filter, where it is above what `vectors` has, and its place.
  private static func find(
    _ results: borrowing Matrix, count: Int, places: inout [Int], in vectors: inout Matrix, at start: Int
  ) {
    let filters = results.columns
    let values = results.span
    var largest = vectors.mutableSpan
    for place in 0..<count {
      for filter in 0..<filters where values[place * filters + filter] > largest[start + filter] {
        largest[start + filter] = values[place * filters + filter]
        places[filter] = place
      }
    }
  }

  /// Adds dL/dW and dL/db of one packet to `gradient`, from dL/dvector: each filter learns from the bytes under the
  /// place that gave its value.
  ///
  /// - Parameters:
  ///   - places: `scratch.places` of the packet's ``run(_:count:_:to:at:)``. - start: of its vector in `vectorGradient`.
  func backward(
    _ bytes: [UInt8], places: ArraySlice<Int>, _ scratch: inout Scratch, vectorGradient: borrowing Matrix,
    at start: Int, layout: ConvolutionalLSTMLayout, gradient: inout Matrix
  ) {
    read(bytes, count: bytes.count, &scratch)
    let width = weight.inputs
    for (filter, place) in places.enumerated() where place >= 0 {
      let slope = vectorGradient[0, start + filter]
      gradient[0, layout.filterBias.start + filter] += slope
      Kernels.addScaled(
        slope, scratch.input, at: place * perByte, to: &gradient, at: layout.filterWeight.start + filter * width,
        count: width)
    }
  }
}
