/// Sizes of the one-dimensional convolutional network. The defaults are those of Wang et al. 2017, *End-to-end Encrypted
/// Traffic Classification with One-dimensional Convolution Neural Networks*, Table III.
package struct ConvolutionDimensions: Sendable, Equatable, Codable {
  /// L: bytes of a flow, its packets one after the other.
  package var length = 784
  /// C1 and C2: filters of the two convolutions.
  package var firstFilters = 32, secondFilters = 64
  /// k: places of a filter.
  package var kernel = 25
  /// Places of which the largest value is kept.
  package var pool = 3
  /// F: values of the fully connected layer.
  package var hidden = 1024

  package init() {}

  /// L / pool and that / pool again, rounded up: the last window may be cut short.
  var firstPooled: Int { (length + pool - 1) / pool }
  var secondPooled: Int { (firstPooled + pool - 1) / pool }
  /// Zeros before the first place, so that there are as many results as places.
  var padding: Int { (kernel - 1) / 2 }

  /// Why these cannot be used, as a sentence; `nil` when they can.
  package var fault: String? {
    let ranges = [
      ("length", length, 16_384), ("first_filters", firstFilters, 512), ("second_filters", secondFilters, 512),
      ("kernel", kernel, 255), ("pool", pool, 16), ("hidden", hidden, 4096),
    ]
    for (name, value, limit) in ranges where !(1...limit).contains(value) {
      return "\(name) is \(value), not in 1...\(limit)"
    }
    return nil
  }

  private enum CodingKeys: String, CodingKey {
    case length, kernel, pool, hidden
    case firstFilters = "first_filters"
    case secondFilters = "second_filters"
  }
}

/// The tensors of the convolutional network. Filters are [filters, places, channels]; the fully connected layer takes
/// the pooled places one after the other, C2 values each.
package struct ConvolutionLayout: Sendable, Equatable {
  package let size: ConvolutionDimensions, outputs: Int
  package let tensors: TensorLayout
  let firstWeight: Region, firstBias: Region
  let secondWeight: Region, secondBias: Region
  let head: HeadLayout

  package init(_ size: ConvolutionDimensions, outputs: Int) {
    self.size = size
    self.outputs = outputs
    var tensors = TensorLayout()
    firstWeight = tensors.place("convolution.0.weight", size.firstFilters, size.kernel, 1)
    firstBias = tensors.place("convolution.0.bias", size.firstFilters)
    secondWeight = tensors.place("convolution.1.weight", size.secondFilters, size.kernel, size.firstFilters)
    secondBias = tensors.place("convolution.1.bias", size.secondFilters)
    head = HeadLayout(
      &tensors, inputs: size.secondPooled * size.secondFilters, hidden: size.hidden, outputs: outputs)
    self.tensors = tensors
  }
}
