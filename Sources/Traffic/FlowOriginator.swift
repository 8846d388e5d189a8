import Records

/// Which end of a flow began it, and what says so.
///
/// Evidence of a higher rank turns the ends round, whenever it comes; of two pieces of the same rank the one that was
/// sent earlier counts.
package struct FlowOriginator: Equatable, Sendable {
  /// What can say who began, from the weakest to the strongest.
  package enum Evidence: UInt8, Comparable, Sendable {
    /// The earliest packet, by time.
    case earliestPacket
    /// One port of a TCP connection whose beginning was not captured is a service's, and the other is not. The earliest
    /// packet of such a connection is just the one at which the capture began.
    case servicePort
    /// A RST that answers a SYN (RFC 9293 section 3.10.7.1): sequence number 0, with ACK.
    case refusal
    /// What the ends said to each other: a client hello, a request, the query bit.
    case content
    /// An ICMP request or reply.
    case exchange
    /// SYN with ACK: only who was called sends it (RFC 9293 section 3.5).
    case synAck
    /// SYN without ACK.
    case syn

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  /// Whether it is the lower end of the flow's key.
  package private(set) var isLower: Bool
  package private(set) var evidence = Evidence.earliestPacket

  /// - Parameter isLower: whether the lower end sent the flow's first packet.
  package init(isLower: Bool) { self.isLower = isLower }

  /// Takes in a piece of evidence.
  ///
  /// - Parameters:
  ///   - isLower: whether it says that the lower end began.
  ///   - isEarlier: whether it was sent before everything seen of the flow so far.
  /// - Returns: whether the originator is now the other end.
  package mutating func weigh(_ found: Evidence, isLower: Bool, isEarlier: Bool) -> Bool {
    guard found > evidence || found == evidence && isEarlier else { return false }
    evidence = found
    defer { self.isLower = isLower }
    return self.isLower != isLower
  }
}

extension FlowOriginator {
  /// What a packet says by its headers, and whether its sender is the one who began.
  static func evidence(of packet: borrowing DecodedPacket) -> (Evidence, isSender: Bool) {
    if packet.isTCP { return connection(packet) }
    switch packet.proto {
    case .icmp, .icmpv6: return exchange(packet)
    default: return (.earliestPacket, true)
    }
  }

  private static func connection(_ packet: borrowing DecodedPacket) -> (Evidence, isSender: Bool) {
    let flags = packet.flags
    if flags.contains(.syn) { return flags.contains(.ack) ? (.synAck, false) : (.syn, true) }
    if flags.isSuperset(of: [.rst, .ack]), packet.sequence == 0 { return (.refusal, false) }
    let (source, destination) = (kind(ofPort: packet.sourcePort), kind(ofPort: packet.destinationPort))
    // Without flags, as where the snapshot length cut the header, it may as well be the connection's first.
    return source == destination || flags.isEmpty ? (.earliestPacket, true) : (.servicePort, source > destination)
  }

  /// 0 for ports that only privileged programs offer services on, 1 for those that any program may, 2 for those that
  /// systems hand out to clients (Linux from 32768 on, RFC 6335 from 49152 on).
  private static func kind(ofPort port: UInt16) -> UInt8 { port < 1024 ? 0 : port < 32768 ? 1 : 2 }

  private static func exchange(_ packet: borrowing DecodedPacket) -> (Evidence, isSender: Bool) {
    let role = ICMPPorts.role(
      source: packet.sourcePort, destination: packet.destinationPort, isIPv6: packet.proto == .icmpv6)
    switch role {
    case .request: return (.exchange, true)
    // What is told to a group was not asked for by the group.
    case .reply where !packet.destination.isGroup: return (.exchange, false)
    case .reply, nil: return (.earliestPacket, true)
    }
  }
}

extension IPAddress {
  /// Multicast (RFC 5771, RFC 4291 section 2.7) or limited broadcast: never a sender.
  fileprivate var isGroup: Bool {
    isIPv6 ? high >> 56 == 0xff : low >> 28 == 0xe || low == 0xffff_ffff
  }
}

extension FlowMetadataState {
  /// Whether the lower end of the key is the client by what the ends said; `nil` where nothing is known.
  var clientIsLower: Bool? { nil }
}
