import Records

/// The bidirectional five-tuple with what keeps equal tuples of different networks apart. The two ends are in numeric
/// order, so that both directions of a flow have the same key. An ICMP message without counterpart is a flow of one
/// direction, and its sender the lower end.
struct FlowKey: Hashable {
  private var lowerHigh: UInt64, lowerLow: UInt64
  private var upperHigh: UInt64, upperLow: UInt64
  /// Lower port, upper port, the number of the tunnels, protocol, and whether the addresses are IPv6.
  private var portsAndProtocol: UInt64
  private var vlan: VLANStack

  /// Whether the packet travelled from the key's lower end to its upper one.
  static func isAscending(_ packet: borrowing DecodedPacket) -> Bool {
    if packet.isOneWay { return true }
    return packet.source == packet.destination
      ? packet.sourcePort <= packet.destinationPort : packet.source < packet.destination
  }

  init(_ packet: borrowing DecodedPacket, keysEncapsulation: Bool) {
    let isAscending = Self.isAscending(packet)
    let (lower, upper) = isAscending ? (packet.source, packet.destination) : (packet.destination, packet.source)
    let (lowerPort, upperPort) =
      isAscending ? (packet.sourcePort, packet.destinationPort) : (packet.destinationPort, packet.sourcePort)
    (lowerHigh, lowerLow, upperHigh, upperLow) = (lower.high, lower.low, upper.high, upper.low)
    let tunnels = keysEncapsulation ? UInt64(packet.tunnelNumber & 0x7f_ffff) : 0
    portsAndProtocol =
      UInt64(lowerPort) << 48 | UInt64(upperPort) << 32 | tunnels << 9 | UInt64(packet.proto.rawValue) << 1
      | (lower.isIPv6 ? 1 : 0)
    vlan = keysEncapsulation ? packet.encapsulation.vlan : .none
  }
}
