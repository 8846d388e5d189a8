/// The tensors of an attention LSTM in one block.
///
/// D is the number of values of a packet, K that of the labels.
package struct ParameterLayout: Sendable, Equatable {
  package let inputs: Int, dimensions: Dimensions, outputs: Int
  package let tensors: TensorLayout
  let packets: RecurrentLayout
  let head: HeadLayout

  package var entries: [TensorLayout.Entry] { tensors.entries }
  package var count: Int { tensors.count }

  /// - Parameters:
  ///   - inputs: D. - dimensions: H, A and F. - outputs: K.
  package init(inputs: Int, dimensions: Dimensions, outputs: Int) {
    self.inputs = inputs
    self.dimensions = dimensions
    self.outputs = outputs
    var tensors = TensorLayout()
    packets = RecurrentLayout(
      &tensors, "packets", attention: "attention", inputs: inputs, units: dimensions.units,
      attentionUnits: dimensions.attention, attentionKind: dimensions.attentionKind)
    head = HeadLayout(&tensors, inputs: 2 * dimensions.units, hidden: dimensions.hidden, outputs: outputs)
    self.tensors = tensors
  }
}
