/// Sizes of `deep-packet`, the convolutional network of Lotfollahi et al. 2017 (arXiv 1709.02656).
///
/// The defaults are those of the public implementation github.com/munhouiani/Deep-Packet for the article's task of
/// telling kinds of traffic apart. For applications it has 200 filters of 4 places, 3 apart, and 200 of 5, 1 apart.
package struct DeepPacketDimensions: Sendable, Equatable, Codable {
  /// C1 and C2: filters of the two convolutions.
  package var firstFilters = 200, secondFilters = 200
  /// k1 and k2: places of a filter.
  package var firstKernel = 5, secondKernel = 4
  /// s1 and s2: places from a filter's place to its next.
  package var firstStride = 3, secondStride = 3
  /// Places of which the largest value is kept.
  package var pool = 2
  /// F1, F2 and F: values of the fully connected layers.
  package var firstDense = 200, secondDense = 100, hidden = 50

  package init() {}

  /// Results of each convolution and of the pooling over a packet of `length` bytes; 0 where there is none.
  func places(length: Int) -> (first: Int, second: Int, pooled: Int) {
    let first = length < firstKernel ? 0 : (length - firstKernel) / firstStride + 1
    let second = first < secondKernel ? 0 : (first - secondKernel) / secondStride + 1
    return (first, second, (second + pool - 1) / pool)
  }

  /// Why these cannot be used on packets of `length` bytes, as a sentence; `nil` when they can.
  package func fault(length: Int) -> String? {
    let ranges = [
      ("first_filters", firstFilters, 512), ("second_filters", secondFilters, 512),
      ("first_kernel", firstKernel, 255), ("second_kernel", secondKernel, 255), ("first_stride", firstStride, 255),
      ("second_stride", secondStride, 255), ("pool", pool, 16), ("first_dense", firstDense, 4096),
      ("second_dense", secondDense, 4096), ("hidden", hidden, 4096),
    ]
    for (name, value, limit) in ranges where !(1...limit).contains(value) {
      return "\(name) is \(value), not in 1...\(limit)"
    }
    let least = firstKernel + (secondKernel - 1) * firstStride
    if length < least { return "bytes_per_packet is \(length), and the filters need at least \(least)" }
    // Bounds the memory of a worker.
    let values = largest(length: length)
    if values > 1 << 22 { return "a convolution has \(values) results, beyond \(1 << 22)" }
    return nil
  }

  /// Results of the convolution that has more of them.
  func largest(length: Int) -> Int {
    let places = places(length: length)
    return max(places.first * firstFilters, places.second * secondFilters)
  }

  private enum CodingKeys: String, CodingKey {
    case pool, hidden
    case firstFilters = "first_filters"
    case secondFilters = "second_filters"
    case firstKernel = "first_kernel"
    case secondKernel = "second_kernel"
    case firstStride = "first_stride"
    case secondStride = "second_stride"
    case firstDense = "first_dense"
    case secondDense = "second_dense"
  }
}

/// The tensors of `deep-packet` on packets of M bytes. Filters are [filters, places, channels]; the first fully
/// connected layer takes the pooled places one after the other, C2 values each.
package struct DeepPacketLayout: Sendable, Equatable {
  package let size: DeepPacketDimensions, length: Int, outputs: Int
  package let tensors: TensorLayout
  let firstWeight: Region, firstBias: Region
  let secondWeight: Region, secondBias: Region
  let firstDense: DenseLayer, secondDense: DenseLayer
  let head: HeadLayout

  /// - Parameters:
  ///   - length: M. - outputs: K.
  package init(_ size: DeepPacketDimensions, length: Int, outputs: Int) {
    (self.size, self.length, self.outputs) = (size, length, outputs)
    let pooled = size.places(length: length).pooled
    var tensors = TensorLayout()
    firstWeight = tensors.place("convolution.0.weight", size.firstFilters, size.firstKernel, 1)
    firstBias = tensors.place("convolution.0.bias", size.firstFilters)
    secondWeight = tensors.place("convolution.1.weight", size.secondFilters, size.secondKernel, size.firstFilters)
    secondBias = tensors.place("convolution.1.bias", size.secondFilters)
    firstDense = DenseLayer(
      weight: tensors.place("dense.0.weight", size.firstDense, pooled * size.secondFilters),
      bias: tensors.place("dense.0.bias", size.firstDense))
    secondDense = DenseLayer(
      weight: tensors.place("dense.1.weight", size.secondDense, size.firstDense),
      bias: tensors.place("dense.1.bias", size.secondDense))
    head = HeadLayout(&tensors, inputs: size.secondDense, hidden: size.hidden, outputs: outputs)
    self.tensors = tensors
  }

  var places: (first: Int, second: Int, pooled: Int) { size.places(length: length) }
}
