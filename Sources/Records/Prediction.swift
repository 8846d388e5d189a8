/// What a flow is given of what a model says of it.
package enum Verdict: Sendable, Hashable {
  /// A full label, by its place among the model's labels.
  case label(Int)
  /// The class that several labels stand under, by its place among the model's classes, where none of these is sure enough.
  case classOnly(Int)
  /// Neither is sure enough: the flow is `unknown`.
  case abstain
}

/// What a model says about one flow.
package struct Prediction: Sendable, Equatable {
  /// Probability of each of the model's labels, in the model's order; they sum to 1.
  package var probabilities: [Float]
  /// Index of the most probable label.
  package var predicted: Int
  /// What the flow is given, by the thresholds frozen with the model.
  package var verdict: Verdict
  /// How often such flows are what they are given; where the model abstains, the probability of the most probable class.
  package var confidence: Float
  /// Weight of each packet in the network's part of the decision, first packet first; one value for each packet the model saw. They
  /// sum to 1.
  package var attention: [Float]
  /// What each packet adds to the score of the predicted label in the trees beside the network, in logits, first packet first; empty
  /// without trees.
  package var contributions: [Float] = []
  /// Places of the classes that a set with the frozen coverage holds, most probable first; empty where a model has no such sets.
  package var classSet: [Int] = []
  /// Weight of each header field that occurs in the flow; they sum to 1. Empty where the model looks at no single bytes.
  package var fieldAttention: [FieldAttention] = []

  /// Whether the flow is `unknown`.
  package var isAbstained: Bool { verdict == .abstain }

  /// - Parameter confidence: the probability of the predicted label where it is `nil`.
  package init(
    probabilities: [Float], predicted: Int, verdict: Verdict, confidence: Float? = nil, attention: [Float]
  ) {
    self.probabilities = probabilities
    self.predicted = predicted
    self.verdict = verdict
    self.confidence = confidence ?? (probabilities.indices.contains(predicted) ? probabilities[predicted] : 0)
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
