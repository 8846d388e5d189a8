import Records

/// Reads ports and flags. A header that was cut off by the snapshot length keeps its ports where those were captured.
enum TransportLayer {
  static func decode(_ ip: RawSpan, _ packet: inout DecodedPacket) throws(Undecodable) {
    let start = packet.transportOffset
    let captured = packet.capturedLength
    switch packet.proto {
    case .tcp:
      guard captured >= start + 4 else { throw .transportTruncated }
      readPorts(ip, start, &packet)
      packet.payloadOffset = start + 20
      guard captured >= start + 14 else { return }
      packet.sequence = ip.uint32(start + 4)
      packet.acknowledgment = ip.uint32(start + 8)
      packet.flags = TCPFlags(rawValue: ip.uint8(start + 13))
      if captured >= start + 16 { packet.window = ip.uint16(start + 14) }
      packet.payloadOffset = start + max(20, Int(ip.uint8(start + 12) >> 4) * 4)
    case .udp, IPProtocol(rawValue: 136):
      guard captured >= start + 4 else { throw .transportTruncated }
      readPorts(ip, start, &packet)
      packet.payloadOffset = start + 8
      // In UDP-Lite (RFC 3828) the field is not a length.
      if packet.proto == .udp, captured >= start + 6, Int(ip.uint16(start + 4)) > packet.statedLength - start {
        packet.isLengthImplausible = true
      }
    case .sctp:
      guard captured >= start + 4 else { throw .transportTruncated }
      readPorts(ip, start, &packet)
      packet.payloadOffset = start + 12
    case .icmp, .icmpv6:
      guard captured >= start + 2 else { throw .transportTruncated }
      let ports = ICMPPorts(type: ip.uint8(start), code: ip.uint8(start + 1), isIPv6: packet.proto == .icmpv6)
      packet.sourcePort = ports.source
      packet.destinationPort = ports.destination
      packet.isOneWay = !ports.isTwoWay
      packet.payloadOffset = start + 8
    default:
      return
    }
  }

  private static func readPorts(_ ip: RawSpan, _ start: Int, _ packet: inout DecodedPacket) {
    packet.sourcePort = ip.uint16(start)
    packet.destinationPort = ip.uint16(start + 2)
  }
}

/// Type and code of an ICMP message in the place of ports, as the Community ID specification has it: a request and its
/// answer are the two directions of one flow, and a message without counterpart is a flow of one direction.
struct ICMPPorts {
  var source: UInt16
  var destination: UInt16
  /// Whether the message has a counterpart, so that its flow has two directions.
  var isTwoWay: Bool

  private static let v4: [UInt8: UInt8] = [0: 8, 8: 0, 9: 10, 10: 9, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17]
  private static let v6: [UInt8: UInt8] = [
    128: 129, 129: 128, 130: 131, 131: 130, 133: 134, 134: 133, 135: 136, 136: 135, 139: 140, 140: 139, 144: 145,
    145: 144,
  ]

  enum Role { case request, reply }

  private static let requests4: Set<UInt16> = [8, 10, 13, 15, 17]
  private static let requests6: Set<UInt16> = [128, 130, 133, 135, 139, 144]

  /// What a message with these numbers in the place of ports is; `nil` where it has no counterpart or its type was not
  /// captured.
  static func role(source: UInt16, destination: UInt16, isIPv6: Bool) -> Role? {
    guard let type = UInt8(exactly: source), let counterpart = isIPv6 ? v6[type] : v4[type],
      UInt16(counterpart) == destination
    else { return nil }
    return (isIPv6 ? requests6 : requests4).contains(source) ? .request : .reply
  }

  init(type: UInt8, code: UInt8, isIPv6: Bool) {
    let counterpart = isIPv6 ? Self.v6[type] : Self.v4[type]
    source = UInt16(type)
    destination = UInt16(counterpart ?? code)
    isTwoWay = counterpart != nil
  }
}
