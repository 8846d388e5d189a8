package import Traffic

/// What a tree sees of a flow, as columns of a feature table.
package struct FlowFeatures: FlowFeatureSource, Equatable {
  private let set: InputContract.FeatureSet
  private let sequence: PacketSequenceFeatures

  /// - Parameter packets: packets of a flow that count for sizes and gaps, 1 to 256.
  package init(_ set: InputContract.FeatureSet, packets: Int) {
    self.set = set
    sequence = PacketSequenceFeatures(packets: packets)
  }

  /// - Returns: `nil` for a contract of bytes.
  package init?(_ contract: InputContract) {
    guard let set = contract.features else { return nil }
    self.init(set, packets: contract.packets)
  }

  /// The columns: `FlowTimeStatistics.names`, then those of ``PacketSequenceFeatures``, as far as the set has them.
  package var features: [Feature] {
    (set == .packets ? [] : FlowTimeStatistics.names.map { Feature($0) }) + (set == .time ? [] : sequence.features)
  }

  /// The values of a flow, in the order of `features`. Time-based features that were not kept up are missing (NaN).
  package func values(of flow: ObservedFlow) -> [Float] {
    var values: [Float] = []
    if set != .packets {
      let count = FlowTimeStatistics.names.count
      values =
        flow.timeFeatures.count == count ? flow.timeFeatures.map { Float($0) } : [Float](repeating: .nan, count: count)
    }
    return set == .time ? values : values + sequence.values(of: flow)
  }
}
