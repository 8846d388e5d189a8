import Foundation
import Traffic

/// A tree model on flows.
struct TreeInference: Sendable {
  private let model: TreeModel
  private let features: FlowFeatures

  init(_ model: TreeModel, _ features: FlowFeatures) {
    self.model = model
    self.features = features
  }

  /// Probabilities below this count as this: the logarithm of 0 is no number.
  static let leastProbability: Float = 1e-6

  /// Hands out, for each flow, the natural logarithms of the model's probabilities, so that the softmax of the outputs is the
  /// probabilities again. There is no attention.
  func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int],
    _ body: (_ index: Int, _ answer: NetworkAnswer) -> Void
  ) {
    for index in indices {
      let probabilities = model.cautiousProbabilities(features.values(of: flows[index]))
      body(index, NetworkAnswer(outputs: probabilities.map { log(max($0, Self.leastProbability)) }))
    }
  }
}
