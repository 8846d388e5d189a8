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

  /// The weights, by architecture.
  enum Network: Sendable {
    case attentionLSTM(AttentionLSTMInference)
    case han(HierarchicalInference)
    case cnn1D(SessionCNNInference)
    case deepPacket(DeepPacketInference)
    case cnnLSTM(ConvolutionalLSTMInference)
    case trees(TreeInference)
  }

  let network: Network
  /// How answers are read; made once, because its tree of labels is.
  private let rule: DecisionRule
  /// Whether where the recording stood (`FlowRecord.vantage`) may have a part in the answer.
  package let usesVantage: Bool

  /// - Parameter usesVantage: whether where the recording stood (`FlowRecord.vantage`) may have a part in the answer.
  package convenience init(_ model: FrozenModel, usesVantage: Bool = false) {
    if let trees = model.trees, let features = FlowFeatures(model.description.contract) {
      self.init(model.description, network: .trees(TreeInference(trees, features)), usesVantage: usesVantage)
    } else {
      self.init(
        model.description, block: model.parameterBlock(),
        ClassifierHead.Extras(
          ensemble: model.ensemble, references: model.tensors[ReferenceFlows.tensorName],
          rule: model.description.decisionRule), usesVantage: usesVantage)
    }
  }

  private init(_ description: ModelDescription, network: Network, usesVantage: Bool) {
    self.description = description
    self.usesVantage = usesVantage
    self.network = network
    rule = description.decisionRule
    encoder = PacketEncoder(description.contract)
  }

  /// - Parameter block: all parameters of a network, placed by the description's layout.
  convenience init(
    _ description: ModelDescription, block: borrowing Matrix,
    _ extras: ClassifierHead.Extras = ClassifierHead.Extras(), usesVantage: Bool = false
  ) {
    let contract = description.contract, outputs = description.labels.count
    let network: Network =
      switch description.shape {
      case .c45, .xgboost: preconditionFailure("trees have no block of parameters")
      case .attentionLSTM(let size):
        .attentionLSTM(
          AttentionLSTMInference(
            ParameterLayout(inputs: contract.valuesPerPacket, dimensions: size, outputs: outputs), contract,
            block: block, extras))
      case .han(let size):
        .han(
          HierarchicalInference(
            HierarchicalLayout(contract.encoding, size, outputs: outputs), contract, block: block, extras))
      case .cnn1D(let size):
        .cnn1D(SessionCNNInference(ConvolutionLayout(size, outputs: outputs), contract, block: block, extras))
      case .deepPacket(let size):
        .deepPacket(
          DeepPacketInference(
            DeepPacketLayout(size, length: contract.bytesPerPacket, outputs: outputs), contract,
            sign: description.loss.sign, block: block))
      case .cnnLSTM(let size):
        .cnnLSTM(
          ConvolutionalLSTMInference(
            ConvolutionalLSTMLayout(size, contract, outputs: outputs), contract, block: block, extras))
      }
    self.init(description, network: network, usesVantage: usesVantage)
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
    var fields: [FieldAttention] = []
    run(flows, taken, scratch: &scratch) {
      fields = $0
    } _: { index, answer in
      let isInside = usesVantage && flows[index].record.vantage != nil
      var prediction = rule.prediction(answer, isInsideTunnel: isInside)
      prediction.fieldAttention = fields
      results[index] = .model(prediction)
    }
    return results
  }

  /// The answers on flows the contract does not leave out, for evaluation and calibration.
  package func answers(on flows: borrowing [ObservedFlow], scratch: inout InferenceScratch) -> [NetworkAnswer] {
    var results = [NetworkAnswer](repeating: NetworkAnswer(outputs: []), count: flows.count)
    run(flows, Array(flows.indices), scratch: &scratch) { results[$0] = $1 }
    return results
  }

  /// Runs the network on the flows at `indices` and hands out the answer for each.
  ///
  /// - Parameter fieldsSeen: called before `body` where the architecture looks at bytes with attention.
  private func run(
    _ flows: borrowing [ObservedFlow], _ indices: [Int], scratch: inout InferenceScratch,
    fieldsSeen: ([FieldAttention]) -> Void = { _ in },
    _ body: (_ index: Int, _ answer: NetworkAnswer) -> Void
  ) {
    precondition(scratch.classifier == ObjectIdentifier(self), "scratch of another model")
    switch network {
    case .attentionLSTM(let network):
      guard var own = scratch.attentionLSTM.take() else { return }
      network.run(flows, indices, &own, body)
      scratch.attentionLSTM = consume own
    case .han(let network):
      guard var own = scratch.han.take() else { return }
      network.run(flows, indices, &own, fieldsSeen: fieldsSeen, body)
      scratch.han = consume own
    case .cnn1D(let network):
      guard var own = scratch.cnn1D.take() else { return }
      network.run(flows, indices, &own, body)
      scratch.cnn1D = consume own
    case .deepPacket(let network):
      guard var own = scratch.deepPacket.take() else { return }
      network.run(flows, indices, &own, body)
      scratch.deepPacket = consume own
    case .trees(let network): network.run(flows, indices, body)
    case .cnnLSTM(let network):
      guard var own = scratch.cnnLSTM.take() else { return }
      network.run(flows, indices, &own, body)
      scratch.cnnLSTM = consume own
    }
  }

  /// The answer read by the model's own rule.
  package func prediction(_ answer: NetworkAnswer) -> Prediction { rule.prediction(answer) }
}
