import Records

/// TCP flags as they stand in the header (RFC 9293 section 3.1).
struct TCPFlags: OptionSet, Hashable {
  let rawValue: UInt8
  static let fin = TCPFlags(rawValue: 0x01)
  static let syn = TCPFlags(rawValue: 0x02)
  static let rst = TCPFlags(rawValue: 0x04)
  static let ack = TCPFlags(rawValue: 0x10)

  /// Those of SYN, FIN and RST that are set.
  var control: TCPFlags { TCPFlags(rawValue: rawValue & 0x07) }
}

/// A packet followed to its innermost transport header. Offsets count from the start of the innermost IP header.
struct DecodedPacket {
  /// Offset of the innermost IP header in the bytes that were decoded.
  var ipStart = 0
  /// IP bytes on the wire, headers included; never more than the frame, or the tunnel, can have held.
  var ipLength = 0
  /// IP bytes as the header states them, whatever the frame can have held.
  var statedLength = 0
  /// Whether a length of IP, of UDP or of a tunnel around them is more than what it lies in can have held.
  var isLengthImplausible = false
  /// Of these, the bytes that were captured.
  var capturedLength = 0
  var transportOffset = 0
  var payloadOffset = 0
  var source: IPAddress
  var destination: IPAddress
  var proto: IPProtocol
  /// For ICMP, type and code or type and counterpart: see `ICMPPorts`.
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0
  /// Empty, as are the numbers behind it, where they were not captured.
  var flags: TCPFlags = []
  var sequence: UInt32 = 0, acknowledgment: UInt32 = 0
  /// As it stands in the header, not scaled; not zero where it was not captured.
  var window = UInt16.max
  /// An ICMP message that has no counterpart.
  var isOneWay = false
  var encapsulation = Encapsulation()
  /// What identifies the tunnels in a flow key: see `TunnelTable`. 0 outside any tunnel.
  var tunnelNumber: UInt32 = 0
  /// Where the packet is a piece of a larger datagram.
  var fragment: Fragment?
  /// IP bytes this captured packet adds to its flow where they are not `ipLength`: see `FragmentTable`; and the
  /// length of what it lies in where `statedLength` cannot be, because nothing then tells where IP ends.
  var countedLength: Int?
  /// The time that its record states, where that is not believed.
  var statedTime: CaptureTime?
  /// Counts in its flow and gives it nothing else: its content stands in another packet.
  var isCountedOnly = false

  static let nothing = DecodedPacket(
    source: IPAddress(v4: 0), destination: IPAddress(v4: 0), proto: IPProtocol(rawValue: 0))

  /// By number: comparing protocols costs a call into another module for each packet.
  var isTCP: Bool { proto.rawValue == 6 }

  /// Payload bytes of the transport layer on the wire.
  var payloadLength: Int { max(0, ipLength - payloadOffset) }

  /// Place of a fragment in its datagram (RFC 791 section 3.2, RFC 8200 section 4.5).
  struct Fragment: Hashable {
    var identification: UInt32
    /// Offset of its data in the data of the datagram, in bytes.
    var offset: Int
    var hasMore: Bool
  }
}

/// Why a packet takes no part in a flow.
enum Undecodable: String, Error {
  case linkTruncated = "the link-layer header is cut short"
  case unsupportedLinkType = "its link type is not read here"
  case tooManyTags = "it carries more than four VLAN tags"
  case tooManyLayers = "it carries more than sixty-four headers below IP"
  case encryptedFrame = "its frame is encrypted or compressed below IP"
  case aggregatedFrame = "its wireless frame is an aggregate or a fragment, which is not taken apart"
  case multilink = "it is a piece of a PPP multilink bundle, which is not put together"
  case compressedHeaders = "its TCP/IP headers are compressed (RFC 1144)"
  case ipTruncated = "the IP header is cut short"
  case badVersion = "the IP version is neither 4 nor 6"
  case badHeaderLength = "the IP header states an impossible length"
  case unknownLabelled =
    "what its MPLS labels carry is named nowhere, and neither IP nor an Ethernet frame makes sense there"
  case tooManyExtensions = "it carries more than sixty-four IPv6 extension headers"
  case transportTruncated = "the transport header is cut short"
}

enum DecodeOutcome {
  case ip(DecodedPacket)
  /// A piece of a datagram: followed to the IP header, whose data is to be put together first.
  case fragment(DecodedPacket)
  /// A well-formed frame that carries no IP, such as ARP.
  case notIP
  case undecodable(Undecodable)
}
