package import Records
package import Traffic

/// A frozen model made ready to run: its weights, packed once, shared by every worker and never changed.
///
/// A flow's result has the same bits in any batch, at any place in it and on any worker. Every matrix product has one
/// of six fixed shapes: rows come in blocks of ``blockRows``, columns of the input in panels (``PanelPlan``). Within
/// one shape OpenBLAS, on one thread, adds up each element in one order and each row without regard to the others.
package final class FlowClassifier: Sendable {
  /// Rows of every product: a multiple of 24, so that no kernel of OpenBLAS has a remainder to treat apart.
  static let blockRows = 96

  package let description: ModelDescription
  package let encoder: PacketEncoder
  let panels: PanelPlan

  // Weights are transposed to [inputs, outputs], the order in which OpenBLAS reads them fastest.
  // [paddedColumns, 8H], channels first, rows beyond D zero, and [1, 8H].
  let inputWeight: Matrix, inputBias: Matrix
  // [H, 4H].
  let forwardRecurrent: Matrix, backwardRecurrent: Matrix
  // [2H, A], [1, A], [1, A].
  let attentionWeight: Matrix, attentionBias: Matrix, attentionContext: Matrix
  // [2H, F], [1, F].
  let hiddenWeight: Matrix, hiddenBias: Matrix
  // [F, K], [1, K].
  let outputWeight: Matrix, outputBias: Matrix

  package convenience init(_ model: FrozenModel) {
    self.init(model.description, block: model.parameterBlock())
  }

  /// - Parameter block: all parameters, placed by the description's layout.
  init(_ description: ModelDescription, block: borrowing Matrix) {
    self.description = description
    encoder = PacketEncoder(description.contract)
    panels = PanelPlan(channelsFirst: description.contract)
    let layout = description.layout
    inputWeight = Self.packed(block, layout.inputWeight, description.contract, paddedTo: panels.paddedColumns)
    inputBias = Self.transposed(block, layout.inputBias.asColumn)
    forwardRecurrent = Self.transposed(block, layout.recurrentWeight[0])
    backwardRecurrent = Self.transposed(block, layout.recurrentWeight[1])
    attentionWeight = Self.transposed(block, layout.attentionWeight)
    attentionBias = Self.transposed(block, layout.attentionBias.asColumn)
    attentionContext = Self.transposed(block, layout.attentionContext.asColumn)
    hiddenWeight = Self.transposed(block, layout.hiddenWeight)
    hiddenBias = Self.transposed(block, layout.hiddenBias.asColumn)
    outputWeight = Self.transposed(block, layout.outputWeight)
    outputBias = Self.transposed(block, layout.outputBias.asColumn)
  }

  private static func packed(
    _ block: borrowing Matrix, _ region: Region, _ contract: InputContract, paddedTo rows: Int
  ) -> Matrix {
    let plain = transposed(block, region)
    var result = Matrix(rows: rows, columns: region.rows)
    let channels = contract.channels.count * region.rows, bytes = contract.byteValues * region.rows
    Kernels.copy(plain, at: bytes, to: &result, at: 0, count: channels)
    Kernels.copy(plain, at: 0, to: &result, at: channels, count: bytes)
    return result
  }

  private static func transposed(_ block: borrowing Matrix, _ region: Region) -> Matrix {
    var result = Matrix(rows: region.columns, columns: region.rows)
    let source = block.span
    var target = result.mutableSpan
    for row in 0..<region.rows {
      for column in 0..<region.columns {
        // Adding +0 turns a bias of -0 into +0; no sum can then become -0, and leaving out zeros cannot show.
        target[column * region.rows + row] = source[region.start + row * region.stride + column] + 0
      }
    }
    return result
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

extension Region {
  /// A region of one row, read as one column.
  fileprivate var asColumn: Region { Region(start: start, rows: columns, columns: 1, stride: 1) }
}
