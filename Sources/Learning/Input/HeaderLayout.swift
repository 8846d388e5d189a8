import Records

/// Where the fields of fixed place lie in a header, in order and without gaps, counted from its first byte.
enum HeaderLayout {
  typealias Entry = (field: HeaderField, range: Range<Int>)

  /// RFC 791, section 3.1.
  static let ipv4: [Entry] = [
    (.ipVersionLength, 0..<1), (.ipTOS, 1..<2), (.ipLength, 2..<4), (.ipID, 4..<6), (.ipFlagsFragment, 6..<8),
    (.ipTTL, 8..<9), (.ipProtocol, 9..<10), (.ipChecksum, 10..<12), (.ipAddresses, 12..<20),
  ]
  /// RFC 8200, section 3.
  static let ipv6: [Entry] = [
    (.ipv6VersionClass, 0..<1), (.ipv6FlowLabel, 1..<4), (.ipv6PayloadLength, 4..<6), (.ipv6NextHeader, 6..<7),
    (.ipv6HopLimit, 7..<8), (.ipAddresses, 8..<40),
  ]
  /// RFC 9293, section 3.1.
  static let tcp: [Entry] = [
    (.tcpPorts, 0..<4), (.tcpSequence, 4..<8), (.tcpAcknowledgement, 8..<12), (.tcpFlags, 12..<14),
    (.tcpWindow, 14..<16), (.tcpChecksum, 16..<18), (.tcpUrgent, 18..<20),
  ]
  /// RFC 768.
  static let udp: [Entry] = [(.udpPorts, 0..<4), (.udpLength, 4..<6), (.udpChecksum, 6..<8)]
  /// RFC 792 and RFC 4443, section 2.1.
  static let icmp: [Entry] = [(.icmpTypeCode, 0..<2), (.icmpChecksum, 2..<4), (.icmpRest, 4..<8)]

  /// The fixed part of an IP header; nothing for a version that is neither.
  static func network(version: UInt8) -> [Entry] { version == 4 ? ipv4 : version == 6 ? ipv6 : [] }

  /// What the bytes between the fixed part of an IP header and the transport header are.
  static func networkRest(version: UInt8) -> HeaderField {
    version == 4 ? .ipOptions : version == 6 ? .ipv6Extensions : .otherHeader
  }

  /// The fixed part of a transport header, and what the rest of it is.
  static func transport(_ proto: IPProtocol) -> (fixed: [Entry], rest: HeaderField) {
    switch proto.rawValue {
    case 6: (tcp, .tcpOptions)
    case 17, 136: (udp, .otherHeader)
    case 1, 58: (icmp, .icmpRest)
    default: ([], .otherHeader)
    }
  }
}
