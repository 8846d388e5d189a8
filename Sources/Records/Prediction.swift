/// What a model says about one flow.
package struct Prediction: Sendable, Equatable {
  /// Probability of each of the model's labels, in the model's order; they sum to 1.
  package var probabilities: [Float]
  /// Index of the most probable label.
  package var predicted: Int
  /// Whether the model abstains, by the thresholds frozen with it; the label is then `unknown`.
  package var isAbstained: Bool
  /// Weight of each packet in the decision, first packet first; one value for each packet the model saw. They sum to 1.
  package var attention: [Float]
  /// Weight of each header field that occurs in the flow; they sum to 1. Empty where the model looks at no single bytes.
  package var fieldAttention: [FieldAttention] = []

  /// Probability of the predicted label.
  package var confidence: Float { probabilities.indices.contains(predicted) ? probabilities[predicted] : 0 }

  package init(probabilities: [Float], predicted: Int, isAbstained: Bool, attention: [Float]) {
    self.probabilities = probabilities
    self.predicted = predicted
    self.isAbstained = isAbstained
    self.attention = attention
  }
}

/// How a flow came by its label.
package enum Classification: Sendable, Equatable {
  /// A model decided.
  case model(Prediction)
  /// The model's input contract leaves this flow out; the protocol's name stands instead, such as `dns`.
  case protocolName(String)
  /// The scan ran without a model.
  case none
}

/// A flow with its label: one row of the case.
package struct ClassifiedFlow: Sendable, Equatable {
  package var flow: FlowRecord
  package var classification: Classification
  /// What models see of it, where the case is to keep that.
  package var input: FlowInput?
  package init(flow: FlowRecord, classification: Classification) {
    self.flow = flow
    self.classification = classification
  }
}
