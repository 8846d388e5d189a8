package import Records
package import Traffic

/// A frozen model made ready to run: its weights, packed once, shared by every worker and never changed.
///
/// A flow's result has the same bits in any batch, at any place in it, on any worker and on any CPU: each sum has one
/// order (``Kernels/product(_:_:used:_:into:_:)``), and no flow's numbers enter those of another. OpenBLAS is not used
/// here: its sums depend on the shape of a product, and its AVX-512 kernels and the others differ even for one shape.
package final class FlowClassifier: Sendable {
  package let description: ModelDescription
  package let encoder: PacketEncoder

  // D to 8H, channels first; H to 4H without bias; 2H to A, F; F to K.
  let input: PackedWeight
  let forwardRecurrent: PackedWeight, backwardRecurrent: PackedWeight
  let attention: PackedWeight, hidden: PackedWeight, output: PackedWeight
  // [1, A].
  let attentionContext: Matrix

  package convenience init(_ model: FrozenModel) {
    self.init(model.description, block: model.parameterBlock())
  }

  /// - Parameter block: all parameters, placed by the description's layout.
  init(_ description: ModelDescription, block: borrowing Matrix) {
    self.description = description
    encoder = PacketEncoder(description.contract)
    let layout = description.layout, contract = description.contract
    input = PackedWeight(
      block, weight: layout.inputWeight, bias: layout.inputBias,
      order: Array(contract.byteValues..<contract.valuesPerPacket) + Array(0..<contract.byteValues))
    forwardRecurrent = PackedWeight(block, weight: layout.recurrentWeight[0], bias: nil)
    backwardRecurrent = PackedWeight(block, weight: layout.recurrentWeight[1], bias: nil)
    attention = PackedWeight(block, weight: layout.attentionWeight, bias: layout.attentionBias)
    hidden = PackedWeight(block, weight: layout.hiddenWeight, bias: layout.hiddenBias)
    output = PackedWeight(block, weight: layout.outputWeight, bias: layout.outputBias)
    var context = Matrix(rows: 1, columns: layout.attentionContext.columns)
    Kernels.copy(block, at: layout.attentionContext.start, to: &context, at: 0, count: context.count)
    attentionContext = context
  }

  /// The OpenBLAS kernel in use: the same model can differ in the last bits between kernels.
  package static var blasKernel: String { Kernels.name }

  package var labels: [String] { description.labels }
  package var contract: InputContract { description.contract }

  /// Classifies any number of flows.
  ///
  /// - Returns: one classification for each flow, in order: the protocol's name for a flow the contract leaves out,
  ///   the model's prediction for every other.
  package func classify(_ flows: borrowing [ObservedFlow], scratch: inout InferenceScratch) -> [Classification] {
    var results = [Classification](repeating: .none, count: flows.count)
    var taken: [Int] = []
    for index in flows.indices {
      if let name = contract.leftOutName(flows[index].record) {
        results[index] = .protocolName(name)
      } else {
        taken.append(index)
      }
    }
    run(flows, taken, scratch: &scratch) { index, outputs, attention in
      results[index] = .model(prediction(outputs: outputs, attention: attention))
    }
    return results
  }

  /// The outputs r [K] and the attention of flows the contract does not leave out, for evaluation and calibration.
  package func outputs(
    of flows: borrowing [ObservedFlow], scratch: inout InferenceScratch
  ) -> [(outputs: [Float], attention: [Float])] {
    var results = [(outputs: [Float], attention: [Float])](repeating: ([], []), count: flows.count)
    run(flows, Array(flows.indices), scratch: &scratch) { results[$0] = ($1, $2) }
    return results
  }

  /// Eq. (10) and the softmax under it.
  package func prediction(outputs: [Float], attention: [Float]) -> Prediction {
    let sign = description.loss.sign
    let predicted = outputs.indices.max { sign * outputs[$0] < sign * outputs[$1] } ?? 0
    let probabilities = Softmax.probabilities(outputs, factor: sign / Float(description.temperature))
    let confidence = probabilities.isEmpty ? 0 : Double(probabilities[predicted])
    return Prediction(
      probabilities: probabilities, predicted: predicted, isAbstained: confidence < description.threshold,
      attention: attention)
  }
}
