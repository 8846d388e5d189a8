import Records
import Traffic

/// Where the fields that are to be masked lie in a packet.
struct FieldMask: Sendable, Equatable {
  private let ipv4: [Range<Int>], ipv6: [Range<Int>]
  // Counted from the transport header.
  private let tcp: [Range<Int>], udp: [Range<Int>]
  private let hidesOptions: Bool

  init(_ fields: Set<InputContract.MaskedField>) {
    let masked = fields.flatMap(\.headerFields)
    func ranges(_ entries: [HeaderLayout.Entry]) -> [Range<Int>] {
      entries.filter { masked.contains($0.field) }.map(\.range)
    }
    (ipv4, ipv6) = (ranges(HeaderLayout.ipv4), ranges(HeaderLayout.ipv6))
    (tcp, udp) = (ranges(HeaderLayout.tcp), ranges(HeaderLayout.udp))
    hidesOptions = masked.contains(.tcpOptions)
  }

  /// Hands out the ranges of bytes, counted from the IP header, that the fields cover. They may reach beyond the kept bytes.
  func forEachRange(of packet: KeptPacket, in flow: borrowing ObservedFlow, _ body: (Range<Int>) -> Void) {
    let kept = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    guard !kept.isEmpty else { return }
    switch flow.bytes[kept.lowerBound] >> 4 {
    case 4: ipv4.forEach(body)
    case 6: ipv6.forEach(body)
    default: break
    }
    // An offset beyond the largest IP packet is a false one; clamping keeps the sums below from overflowing.
    let transport = min(max(packet.transportOffset, 0), 1 << 20)
    let payload = min(max(packet.payloadOffset, 0), 1 << 20)
    let isTCP = flow.record.proto == .tcp
    for range in isTCP ? tcp : udp { body(range.lowerBound + transport..<range.upperBound + transport) }
    if hidesOptions, isTCP, payload - transport > 20 { body(transport + 20..<payload) }
  }

  /// The ranges as ``forEachRange(of:in:_:)`` hands them out.
  func ranges(of packet: KeptPacket, in flow: borrowing ObservedFlow) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    forEachRange(of: packet, in: flow) { ranges.append($0) }
    return ranges
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
