import Records
import Traffic

/// Where the fields that a contract can mask lie in a packet.
enum FieldMask {
  /// Ranges of bytes, counted from the IP header, that `fields` cover. They may reach beyond the kept bytes.
  static func ranges(
    _ fields: Set<InputContract.MaskedField>, of packet: KeptPacket, in flow: borrowing ObservedFlow
  ) -> [Range<Int>] {
    let kept = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    guard !kept.isEmpty else { return [] }
    let masked = fields.flatMap(\.headerFields)
    let isTCP = flow.record.proto == .tcp
    // An offset beyond the largest IP packet is a false one; clamping keeps the sums below from overflowing.
    let transport = min(max(packet.transportOffset, 0), 1 << 20)
    let payload = min(max(packet.payloadOffset, 0), 1 << 20)
    var entries = isTCP ? HeaderLayout.tcp : HeaderLayout.udp
    if isTCP, payload - transport > 20 { entries.append((.tcpOptions, 20..<payload - transport)) }
    let network = HeaderLayout.network(version: flow.bytes[kept.lowerBound] >> 4)
    return network.filter { masked.contains($0.field) }.map(\.range)
      + entries.filter { masked.contains($0.field) }.map {
        $0.range.lowerBound + transport..<$0.range.upperBound + transport
      }
  }
}

extension InputContract.MaskedField {
  /// The header fields it stands for.
  fileprivate var headerFields: [HeaderField] {
    switch self {
    case .ipID: [.ipID, .ipv6FlowLabel]
    case .ttl: [.ipTTL, .ipv6HopLimit]
    case .lengths: [.ipLength, .ipv6PayloadLength, .udpLength]
    case .ports: [.tcpPorts, .udpPorts]
    case .checksums: [.ipChecksum, .tcpChecksum, .udpChecksum]
    case .tcpSequence: [.tcpSequence, .tcpAcknowledgement]
    case .tcpWindow: [.tcpWindow]
    case .tcpOptions: [.tcpOptions]
    }
  }
}
