/// Sizes of `cnn-lstm`: filters over the bytes of a packet, and what Yao et al. give for their LSTM over packets.
package struct ConvolutionalLSTMDimensions: Sendable, Equatable, Codable {
  /// C: filters, each one value of a packet.
  package var filters = 64
  /// k: bytes of a filter.
  package var kernel = 8
  /// H: LSTM units a direction. A: attention units. F: values of the fully connected layer.
  package var units = 100, attention = 100, hidden = 128

  package init() {}

  /// Why these cannot be used on packets of `length` bytes, as a sentence; `nil` when they can.
  package func fault(length: Int) -> String? {
    let ranges = [
      ("filters", filters, 512), ("kernel", kernel, 255), ("units", units, 4096), ("attention", attention, 4096),
      ("hidden", hidden, 4096),
    ]
    for (name, value, limit) in ranges where !(1...limit).contains(value) {
      return "\(name) is \(value), not in 1...\(limit)"
    }
    // Bounds the memory of a worker.
    if length * filters > 1 << 22 { return "bytes_per_packet times filters is \(length * filters), beyond \(1 << 22)" }
    return nil
  }
}

/// The tensors of `cnn-lstm`: filters [C, k, E], E values a byte, then those of an attention LSTM whose packets have C
/// values and one more for each channel.
package struct ConvolutionalLSTMLayout: Sendable, Equatable {
  package let size: ConvolutionalLSTMDimensions, outputs: Int
  package let tensors: TensorLayout
  let filterWeight: Region, filterBias: Region
  let packets: RecurrentLayout
  let head: HeadLayout

  package init(_ size: ConvolutionalLSTMDimensions, _ contract: InputContract, outputs: Int) {
    (self.size, self.outputs) = (size, outputs)
    var tensors = TensorLayout()
    filterWeight = tensors.place(
      "convolution.weight", size.filters, size.kernel, PacketFilters.valuesPerByte(contract.encoding))
    filterBias = tensors.place("convolution.bias", size.filters)
    packets = RecurrentLayout(
      &tensors, "packets", attention: "attention", inputs: size.filters + contract.channelValues, units: size.units,
      attentionUnits: size.attention)
    head = HeadLayout(&tensors, inputs: 2 * size.units, hidden: size.hidden, outputs: outputs)
    self.tensors = tensors
  }
}
