package import Traffic

/// Everything between a flow and a tensor, as data, so that training and scanning cannot differ.
///
/// A flow becomes N x D floats: its first `packets` packets, `valuesPerPacket` values each. The values of a packet are
/// first its bytes (`scope`, `encoding`, `maskedFields`), zeros after the last byte, then those of each channel. Value
/// and text form are specified in `schemas/model-file.md`.
package struct InputContract: Sendable, Equatable {
  /// Which bytes of a packet the model sees.
  package enum Scope: String, Sendable, CaseIterable {
    /// From the IP header on, with the two IP addresses deleted: bytes 12-19 of IPv4, 8-39 of IPv6.
    case all
    /// From the payload of the transport layer on.
    case l7
  }

  /// How a byte becomes numbers.
  package enum Encoding: String, Sendable, CaseIterable {
    /// One value: byte / 255.
    case scaled
    /// Eight values of 0 or 1, most significant bit first.
    case bits
  }

  /// Header fields that are replaced by zeros, so that a model cannot lean on them.
  package enum MaskedField: String, Sendable, CaseIterable {
    /// IPv4 identification; the flow label of IPv6, which serves senders in its place.
    case ipID = "ip_id"
    /// IPv4 time to live, IPv6 hop limit.
    case ttl
    /// IPv4 total length, IPv6 payload length, UDP length.
    case lengths
    case ports
    /// IPv4 header, TCP and UDP checksums. The latter two cover the deleted addresses.
    case checksums
    /// TCP sequence and acknowledgement numbers.
    case tcpSequence = "tcp_sequence"
    case tcpWindow = "tcp_window"
    /// TCP options, timestamps among them.
    case tcpOptions = "tcp_options"
  }

  /// Extra values a packet, appended after its bytes in the order the contract lists them.
  package enum Channel: String, Sendable, CaseIterable {
    /// +1 for a packet of the originator, -1 for one of the responder.
    case direction
    /// min(max(IP length, 0), 3000) / 1500. Lengths above 1500 come from segmentation offload.
    case length
    /// min(1, ln(1 + g) / ln(1 + 10^8)) with g the microseconds since the packet before, at least 0; 0 for the first.
    case gap
    /// One value a step of ``ChannelSteps/lengths``: 0 below it, and from it on the direction.
    case lengthSteps = "length_steps"
    /// One value a step of ``ChannelSteps/gapsMicroseconds``: 0 below it, 1 from it on; zeros for the first packet.
    case gapSteps = "gap_steps"

    /// Values of a packet.
    package var width: Int {
      switch self {
      case .direction, .length, .gap: 1
      case .lengthSteps: ChannelSteps.lengths.count
      case .gapSteps: ChannelSteps.gapsMicroseconds.count
      }
    }
  }

  /// What happens to the packets a short flow does not have.
  package enum Padding: String, Sendable, CaseIterable {
    /// They take no part in recurrence or attention.
    case masked
    /// They are inputs of zeros and take part, as the paper words it; every flow has `packets` packets.
    case zero
  }

  /// Which flows get the name of their protocol instead of a prediction.
  package enum LeaveOut: String, Sendable, CaseIterable {
    case none
    /// DNS, over UDP or TCP, by its content.
    case dns
    /// DNS and, over UDP, the chatter of name service, discovery, address assignment and time.
    case infrastructure
  }

  /// What a tree sees of a flow in the place of bytes.
  package enum FeatureSet: String, Sendable, CaseIterable {
    /// The time-based features of the whole flow (Draper-Gil, Lashkari et al. 2016).
    case time
    /// Sizes of the first packets and the gaps between them.
    case packets
    /// Both, in this order.
    case timeAndPackets = "time_and_packets"
  }

  /// Packets of a flow: N, in 1...256.
  package var packets: Int
  /// Bytes of a packet: M, in 0...65,535, counted after the addresses are deleted.
  package var bytesPerPacket: Int
  package var scope = Scope.all
  package var encoding = Encoding.scaled
  package var maskedFields: Set<MaskedField> = []
  package var channels: [Channel] = []
  package var padding = Padding.masked
  package var flowPolicy = FlowPolicy.Name.flowcase
  package var leaveOut = LeaveOut.none
  /// `nil` for models of bytes. With features, bytes, encoding, masks, channels and padding mean nothing.
  package var features: FeatureSet?

  package init(packets: Int, bytesPerPacket: Int) {
    self.packets = packets
    self.bytesPerPacket = bytesPerPacket
  }

  /// The paper's: 10 packets of 1500 bytes, scaled.
  package static let paper = InputContract(packets: 10, bytesPerPacket: 1500)

  /// Values that the bytes of one packet take up.
  package var byteValues: Int { encoding == .bits ? 8 * bytesPerPacket : bytesPerPacket }

  /// Values that the channels of one packet take up.
  package var channelValues: Int { channels.reduce(0) { $0 + $1.width } }

  /// Values of one packet: D.
  package var valuesPerPacket: Int { byteValues + channelValues }

  /// What the flow table must keep for this contract.
  package var keepPlan: KeepPlan {
    // Bytes the contract never sees but that lie before those it does: the addresses, or the longest usual headers
    // (IPv6 with 60 bytes of extension headers and 60 of TCP).
    if let features { return KeepPlan(packets: packets, bytesPerPacket: 0, keepsTimes: features != .packets) }
    let room = scope == .all ? 32 : 160
    return KeepPlan(packets: packets, bytesPerPacket: bytesPerPacket + room)
  }

  /// Why this contract cannot be used, as a sentence; `nil` when it can.
  package var fault: String? {
    if !(1...256).contains(packets) { return "packets is \(packets), not in 1...256" }
    if !(0...65_535).contains(bytesPerPacket) { return "bytes_per_packet is \(bytesPerPacket), not in 0...65535" }
    if Set(channels).count != channels.count { return "a channel is listed twice" }
    if features != nil {
      let isPlain = maskedFields.isEmpty && channels.isEmpty && bytesPerPacket == 0
      return isPlain ? nil : "features are chosen together with bytes, masks or channels"
    }
    if valuesPerPacket == 0 { return "a packet has no values: bytes_per_packet is 0 and channels is empty" }
    return nil
  }
}
