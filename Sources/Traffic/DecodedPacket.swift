import Records

/// VLAN ids from the outside in, up to four, packed so that a flow key stays small and hashes fast.
struct VLANStack: Hashable {
  private var packed: UInt64 = 0
  static let none = VLANStack()

  /// - Returns: `false` when there are four already.
  mutating func push(_ id: UInt16) -> Bool {
    guard packed >> 48 == 0 else { return false }
    packed = packed << 16 | 0x8000 | UInt64(id & 0x0fff)
    return true
  }

  /// Ids joined by commas; `nil` for none.
  var text: String? {
    guard packed != 0 else { return nil }
    return stride(from: 48, through: 0, by: -16).compactMap { shift in
      let tag = packed >> UInt64(shift) & 0xffff
      return tag & 0x8000 != 0 ? String(tag & 0x0fff) : nil
    }.joined(separator: ",")
  }
}

/// TCP flags as they stand in the header (RFC 9293 section 3.1).
struct TCPFlags: OptionSet, Hashable {
  let rawValue: UInt8
  static let fin = TCPFlags(rawValue: 0x01)
  static let syn = TCPFlags(rawValue: 0x02)
  static let rst = TCPFlags(rawValue: 0x04)
  static let ack = TCPFlags(rawValue: 0x10)
}

/// A packet followed to its transport header. Offsets count from the start of the IP header.
struct DecodedPacket {
  /// Offset of the IP header in the captured packet.
  var ipStart = 0
  /// IP bytes on the wire, headers included.
  var ipLength = 0
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
  var flags: TCPFlags = []
  var vlan = VLANStack.none
  /// A fragment other than the first: it has no transport header.
  var isLaterFragment = false
  var hasMoreFragments = false
  var fragmentID: UInt32 = 0

  static let nothing = DecodedPacket(
    source: IPAddress(v4: 0), destination: IPAddress(v4: 0), proto: IPProtocol(rawValue: 0))

  /// Payload bytes of the transport layer on the wire.
  var payloadLength: Int { max(0, ipLength - payloadOffset) }
}

/// Why a packet takes no part in a flow.
enum Undecodable: String, Error {
  case linkTruncated = "the link-layer header is cut short"
  case unsupportedLinkType = "its link type is not read here"
  case tooManyTags = "it carries more than four VLAN tags"
  case ipTruncated = "the IP header is cut short"
  case badVersion = "the IP version is neither 4 nor 6"
  case badHeaderLength = "the IP header states an impossible length"
  case tooManyExtensions = "it carries more than sixteen IPv6 extension headers"
  case transportTruncated = "the transport header is cut short"
}

enum DecodeOutcome {
  case ip(DecodedPacket)
  /// A well-formed frame that carries no IP, such as ARP.
  case notIP
  case undecodable(Undecodable)
}
