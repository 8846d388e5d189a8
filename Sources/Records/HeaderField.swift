/// What a byte of a packet belongs to: a field of a protocol header, or the payload.
///
/// The raw value is the name in cases; `schemas/case.md` explains each.
package enum HeaderField: String, Sendable, CaseIterable {
  // RFC 791.
  case ipVersionLength = "ip.version_length"
  case ipTOS = "ip.tos"
  case ipLength = "ip.length"
  case ipID = "ip.id"
  case ipFlagsFragment = "ip.flags_fragment"
  case ipTTL = "ip.ttl"
  case ipProtocol = "ip.protocol"
  case ipChecksum = "ip.checksum"
  /// Also an AH header (RFC 4302) between the IPv4 header and that of the transport layer.
  case ipOptions = "ip.options"
  // RFC 8200.
  /// The first byte: version and the upper half of the traffic class.
  case ipv6VersionClass = "ipv6.version_class"
  /// The rest of the traffic class and the flow label.
  case ipv6FlowLabel = "ipv6.flow_label"
  case ipv6PayloadLength = "ipv6.payload_length"
  case ipv6NextHeader = "ipv6.next_header"
  case ipv6HopLimit = "ipv6.hop_limit"
  case ipv6Extensions = "ipv6.extensions"
  /// Source and destination address, of either version.
  case ipAddresses = "ip.addresses"
  // RFC 9293.
  case tcpPorts = "tcp.ports"
  case tcpSequence = "tcp.sequence"
  case tcpAcknowledgement = "tcp.acknowledgement"
  /// Data offset, reserved bits and flags.
  case tcpFlags = "tcp.flags"
  case tcpWindow = "tcp.window"
  case tcpChecksum = "tcp.checksum"
  case tcpUrgent = "tcp.urgent"
  case tcpOptions = "tcp.options"
  // RFC 768.
  case udpPorts = "udp.ports"
  case udpLength = "udp.length"
  case udpChecksum = "udp.checksum"
  // RFC 792 and RFC 4443.
  case icmpTypeCode = "icmp.type_code"
  case icmpChecksum = "icmp.checksum"
  case icmpRest = "icmp.rest"
  /// A header that has no fields of its own here, such as SCTP's.
  case otherHeader = "other.header"
  /// The five bytes before each TLS record (RFC 8446, section 5.1).
  case tlsRecord = "tls.record"
  /// RFC 1035, section 4.1.1; multicast DNS and LLMNR too.
  case dnsHeader = "dns.header"
  /// A long header up to the connection identifiers (RFC 9000, section 17.2).
  case quicHeader = "quic.header"
  case payload
  /// No byte at all: what a packet without bytes weighs.
  case none

  /// The side of a packet that a field is on.
  package enum Part: String, Sendable, CaseIterable {
    /// Headers of the network and the transport layer.
    case header
    /// What the transport layer carries, headers of the application layer included.
    case payload
    case none
  }

  package var part: Part {
    switch self {
    case .tlsRecord, .dnsHeader, .quicHeader, .payload: .payload
    case .none: .none
    default: .header
    }
  }
}

/// What one header field weighed in the decision about a flow.
package struct FieldAttention: Sendable, Equatable {
  package var field: HeaderField
  /// Sum over the flow's bytes in this field of packet attention times byte attention, 0...1.
  package var weight: Float
  /// How many bytes of the flow the model saw in this field.
  package var bytes: Int
  package init(field: HeaderField, weight: Float, bytes: Int) {
    self.field = field
    self.weight = weight
    self.bytes = bytes
  }
}
