/// The buffers one worker needs to run one model: allocated once, owned by that worker.
package struct InferenceScratch: ~Copyable, Sendable {
  /// Flows handled together; more are handled in turn.
  static let flowLimit = 256

  let classifier: ObjectIdentifier
  // The one of the model's architecture.
  var attentionLSTM: AttentionLSTMInference.Scratch?
  var han: HierarchicalInference.Scratch?
  var cnn1D: SessionCNNInference.Scratch?
  var deepPacket: DeepPacketInference.Scratch?
  var cnnLSTM: ConvolutionalLSTMInference.Scratch?

  package init(for classifier: FlowClassifier) {
    self.classifier = ObjectIdentifier(classifier)
    switch classifier.network {
    case .attentionLSTM(let network): attentionLSTM = network.makeScratch()
    case .han(let network): han = network.makeScratch()
    case .cnn1D(let network): cnn1D = network.makeScratch()
    case .deepPacket(let network): deepPacket = network.makeScratch()
    case .cnnLSTM(let network): cnnLSTM = network.makeScratch()
    case .trees: break
    }
  }
}
