import Traffic

/// The features that trees beside a network are grown on, whichever kind they are.
struct EnsembleInput: FlowFeatureSource, Equatable {
  private enum Kind: Equatable {
    case bytes(ContractFeatures)
    case fields(FieldFeatures)
  }

  private let kind: Kind
  /// Most packets of a flow that are seen.
  let packets: Int

  /// - Returns: `nil` where the contract has no such features.
  init?(_ options: EnsembleOptions, _ contract: InputContract) {
    packets = contract.packets
    switch options.input ?? .bytes {
    case .bytes:
      guard let features = ContractFeatures(contract) else { return nil }
      kind = .bytes(features)
    case .fields:
      guard let features = FieldFeatures(contract, vocabulary: options.vocabulary ?? []) else { return nil }
      kind = .fields(features)
    }
  }

  var features: [Feature] {
    switch kind {
    case .bytes(let source): source.features
    case .fields(let source): source.features
    }
  }

  func values(of flow: ObservedFlow) -> [Float] {
    switch kind {
    case .bytes(let source): source.values(of: flow)
    case .fields(let source): source.values(of: flow)
    }
  }

  /// The packet, from 0, that a feature is of; `nil` for the whole flow.
  func packet(of feature: Int) -> Int? {
    switch kind {
    case .bytes(let source): source.packet(of: feature)
    case .fields(let source): source.packet(of: feature)
    }
  }
}
