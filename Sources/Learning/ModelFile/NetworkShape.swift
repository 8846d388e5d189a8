/// The kinds of model this program can run.
package enum Architecture: String, Sendable, CaseIterable, Codable {
  /// Section 4.1 of the paper: Bi-LSTM over packets with attention.
  case attentionLSTM = "attention-lstm"
  /// Section 4.2: Bi-LSTMs over the bytes of a packet and over packets, attention at both levels.
  case han
  /// Wang et al. 2017: convolutions over the first bytes of a session.
  case cnn1D = "cnn-1d"
  /// Lotfollahi et al. 2017: convolutions over the bytes of each packet, and the mean over a flow's packets.
  case deepPacket = "deep-packet"
  /// Filters over the bytes of each packet, then the attention LSTM over packets.
  case cnnLSTM = "cnn-lstm"
  /// Quinlan 1993: a decision tree on features of the flow.
  case c45 = "c4.5"
  /// Chen and Guestrin 2016: boosted trees on features of the flow.
  case xgboost
}

/// An architecture with its sizes.
package enum NetworkShape: Sendable, Equatable {
  case attentionLSTM(Dimensions)
  /// The units and attention units are those of both levels.
  case han(Dimensions)
  case cnn1D(ConvolutionDimensions)
  case deepPacket(DeepPacketDimensions)
  case cnnLSTM(ConvolutionalLSTMDimensions)
  case c45(C45Options)
  case xgboost(XGBoostOptions)

  package var architecture: Architecture {
    switch self {
    case .attentionLSTM: .attentionLSTM
    case .han: .han
    case .cnn1D: .cnn1D
    case .deepPacket: .deepPacket
    case .cnnLSTM: .cnnLSTM
    case .c45: .c45
    case .xgboost: .xgboost
    }
  }

  /// The sizes the papers give.
  ///
  /// - Parameters:
  ///   - units: LSTM units a direction, where not those of the paper; the attention units are as many.
  ///   - attention: of `attention-lstm` and `han`.
  package init(_ architecture: Architecture, units: Int? = nil, attention: AttentionKind = .soft) {
    switch architecture {
    case .attentionLSTM: self = .attentionLSTM(Dimensions(units: units ?? 100, attentionKind: attention))
    case .han:
      self = .han(Dimensions(units: units ?? 128, attention: units ?? 128, attentionKind: attention))
    case .cnn1D: self = .cnn1D(ConvolutionDimensions())
    case .deepPacket: self = .deepPacket(DeepPacketDimensions())
    case .cnnLSTM:
      var size = ConvolutionalLSTMDimensions()
      if let units { (size.units, size.attention) = (units, units) }
      self = .cnnLSTM(size)
    case .c45: self = .c45(C45Options())
    case .xgboost: self = .xgboost(XGBoostOptions())
    }
  }

  /// The tensors of such a network.
  package func tensors(_ contract: InputContract, outputs: Int) -> TensorLayout {
    switch self {
    case .attentionLSTM(let size):
      ParameterLayout(inputs: contract.valuesPerPacket, dimensions: size, outputs: outputs).tensors
    case .han(let size): HierarchicalLayout(contract.encoding, size, outputs: outputs).tensors
    case .cnn1D(let size): ConvolutionLayout(size, outputs: outputs).tensors
    case .deepPacket(let size): DeepPacketLayout(size, length: contract.bytesPerPacket, outputs: outputs).tensors
    case .cnnLSTM(let size): ConvolutionalLSTMLayout(size, contract, outputs: outputs).tensors
    // How many nodes a tree has is in its tensors.
    case .c45, .xgboost: TensorLayout()
    }
  }

  /// Why no network can be so on this contract, as a sentence; `nil` when one can.
  package func fault(on contract: InputContract) -> String? {
    if (treeRecipe != nil) != (contract.features != nil) {
      return treeRecipe != nil
        ? "\(architecture.rawValue) takes features, and the input contract has bytes"
        : "\(architecture.rawValue) takes bytes, and the input contract has features"
    }
    switch self {
    case .attentionLSTM(let size): return size.fault
    case .han(let size):
      if let fault = size.fault { return fault }
      if !contract.channels.isEmpty { return "han takes bytes only, and channels is not empty" }
      // Bounds the memory of a worker: every byte of a packet has a row of 8 units.
      if contract.bytesPerPacket * size.units > 1 << 22 {
        return "bytes_per_packet times units is \(contract.bytesPerPacket * size.units), beyond \(1 << 22)"
      }
    case .cnn1D(let size):
      if let fault = size.fault { return fault }
      if !contract.channels.isEmpty { return "cnn-1d takes bytes only, and channels is not empty" }
      if contract.encoding != .scaled {
        return "cnn-1d takes scaled bytes, and encoding is \(contract.encoding.rawValue)"
      }
    case .deepPacket(let size):
      if let fault = size.fault(length: contract.bytesPerPacket) { return fault }
      if !contract.channels.isEmpty { return "deep-packet takes bytes only, and channels is not empty" }
      if contract.encoding != .scaled {
        return "deep-packet takes scaled bytes, and encoding is \(contract.encoding.rawValue)"
      }
    case .cnnLSTM(let size): return size.fault(length: contract.bytesPerPacket)
    case .c45(let options): return options.fault
    case .xgboost(let options): return options.fault
    }
    return nil
  }
}
