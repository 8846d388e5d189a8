package import Traffic

/// What a network sees of a flow, as columns of a feature table: trees beside a network see through the same contract.
package struct ContractFeatures: FlowFeatureSource, Equatable {
  /// Most features of a flow: packets times the values of one.
  package static let limit = 65_536

  private let encoder: PacketEncoder

  private var contract: InputContract { encoder.contract }

  /// - Returns: `nil` for a contract of features, and for one that has more than ``limit``.
  package init?(_ contract: InputContract) {
    guard contract.features == nil else { return nil }
    var plain = contract
    // Trees find their own steps in a number.
    plain.channels = [InputContract.Channel.direction, .length, .gap].filter { number in
      contract.channels.contains { $0.number == number }
    }
    guard plain.packets * (plain.channels.count + plain.bytesPerPacket) <= Self.limit else { return nil }
    encoder = PacketEncoder(plain)
  }

  /// Packet after packet: `direction_1`, `length_1`, `gap_1`, as far as the contract has them, and `byte_1_1` to `byte_1_M`.
  package var features: [Feature] {
    (1...contract.packets).flatMap { packet in
      contract.channels.map { Feature("\($0.rawValue)_\(packet)") }
        + (0..<contract.bytesPerPacket).map { Feature("byte_\(packet)_\($0 + 1)") }
    }
  }

  /// The packet, from 0, that a feature is of.
  package func packet(of feature: Int) -> Int? { feature / (contract.channels.count + contract.bytesPerPacket) }

  /// The values of a flow, in the order of `features`: channels as the contract scales them, bytes 0 to 255, masked fields 0.
  /// Packets and bytes that are not there are zeros, as in a tensor: marked as missing, they made worse trees.
  package func values(of flow: ObservedFlow) -> [Float] {
    let channels = contract.channels.count, width = channels + contract.bytesPerPacket
    var values = [Float](repeating: 0, count: contract.packets * width)
    var bytes = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    for index in 0..<min(contract.packets, flow.packets.count) {
      let start = index * width
      encoder.forEachChannelValue(ofPacket: index, in: flow) { values[start + $0] = $1 }
      let count = encoder.copyVisibleBytes(of: flow.packets[index], in: flow, to: &bytes)
      for place in 0..<count { values[start + channels + place] = Float(bytes[place]) }
    }
    return values
  }
}

extension InputContract.Channel {
  /// The channel that holds as a number what this one holds in whatever form.
  fileprivate var number: Self {
    switch self {
    case .direction: .direction
    case .length, .lengthSteps: .length
    case .gap, .gapSteps: .gap
    }
  }
}
