/// Follows captured frames to their innermost IP packet, and numbers the tunnels on the way.
struct PacketDecoder {
  /// Tunnels opened within each other.
  private static let tunnelLimit = 8
  private(set) var tunnels = TunnelTable()

  /// - Parameters:
  ///   - bytes: the captured frame.
  ///   - originalLength: its length on the wire.
  mutating func decode(_ bytes: RawSpan, _ linkType: LinkType, originalLength: Int) -> DecodeOutcome {
    var offset = 0
    var encapsulation = Encapsulation()
    encapsulation.rawLinkType = linkType.rawNumber
    do throws(Undecodable) {
      guard try LinkLayer.follow(bytes, from: .frame(linkType), &offset, &encapsulation) else { return .notIP }
      let packet = try InternetLayer.decode(bytes, at: offset, encapsulation, originalLength: originalLength)
      return open(packet, bytes)
    } catch {
      return .undecodable(error)
    }
  }

  /// Follows a datagram that was put together from fragments.
  ///
  /// - Parameters:
  ///   - datagram: its bytes from the IP header on.
  ///   - header: its first fragment, with the lengths of the whole.
  mutating func decode(datagram: RawSpan, _ header: DecodedPacket) -> DecodeOutcome {
    var packet = header
    do throws(Undecodable) {
      try InternetLayer.resume(datagram, &packet)
      return open(packet, datagram)
    } catch {
      return .undecodable(error)
    }
  }

  private mutating func open(_ outer: DecodedPacket, _ bytes: RawSpan) -> DecodeOutcome {
    var packet = outer
    while packet.fragment == nil, packet.encapsulation.tunnels.count < Self.tunnelLimit,
      let inner = TunnelLayer.open(packet, bytes)
    {
      packet = inner
    }
    packet.tunnelNumber = tunnels.number(of: packet.encapsulation.tunnels)
    return packet.fragment == nil ? .ip(packet) : .fragment(packet)
  }
}
