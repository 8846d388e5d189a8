/// What a network says about one flow, before it is read as probabilities and a label.
package struct NetworkAnswer: Sendable, Equatable {
  /// r [K].
  package var outputs: [Float]
  /// Weight of each packet; empty where the architecture has no attention.
  package var attention: [Float] = []
  /// Greatest cosine between the features of this flow and those of a reference, -1...1; 0 for features of zeros. `nil`
  /// for a model without references, and where the model never gives the label the outputs speak for.
  package var similarity: Float?
  /// Whether the network alone and the trees beside it speak for different labels; `false` without trees.
  package var isContested = false
  /// What each packet adds to the score of the most probable class in the trees beside the network; empty without trees.
  package var contributions: [Float] = []
  /// What the fully connected layers were given; empty unless the network was made to hand it out.
  var features: [Float] = []

  package init(outputs: [Float], attention: [Float] = [], similarity: Float? = nil) {
    self.outputs = outputs
    self.attention = attention
    self.similarity = similarity
  }
}
