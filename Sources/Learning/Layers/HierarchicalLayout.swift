/// The tensors of the hierarchical attention network (paper 4.2): a Bi-LSTM with attention over the bytes of a packet,
/// whose result is the packet's input to a Bi-LSTM with attention over packets.
package struct HierarchicalLayout: Sendable, Equatable {
  package let encoding: InputContract.Encoding, dimensions: Dimensions, outputs: Int
  package let tensors: TensorLayout
  let bytes: RecurrentLayout, packets: RecurrentLayout
  let head: HeadLayout

  /// Values of a byte: E, 1 for `scaled` and 8 for `bits`.
  package var valuesPerByte: Int { encoding == .bits ? 8 : 1 }

  package init(_ encoding: InputContract.Encoding, _ dimensions: Dimensions, outputs: Int) {
    (self.encoding, self.dimensions, self.outputs) = (encoding, dimensions, outputs)
    var tensors = TensorLayout()
    bytes = RecurrentLayout(
      &tensors, "bytes", attention: "byte_attention", inputs: encoding == .bits ? 8 : 1, units: dimensions.units,
      attentionUnits: dimensions.attention)
    packets = RecurrentLayout(
      &tensors, "packets", attention: "attention", inputs: 2 * dimensions.units, units: dimensions.units,
      attentionUnits: dimensions.attention, attentionKind: dimensions.attentionKind)
    head = HeadLayout(&tensors, inputs: 2 * dimensions.units, hidden: dimensions.hidden, outputs: outputs)
    self.tensors = tensors
  }

  /// What each value of a byte is to the network: [256, E].
  var byteInputs: Matrix {
    var inputs = Matrix(rows: 256, columns: valuesPerByte)
    Kernels.spread((0...255).map { $0 }, count: 256, as: encoding, to: &inputs, at: 0)
    return inputs
  }
}
