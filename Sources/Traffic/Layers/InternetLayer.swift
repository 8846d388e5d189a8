import Records

/// Follows IPv4 (RFC 791) and IPv6 (RFC 8200) to the transport header. Checksums are not trusted and not needed.
enum InternetLayer {
  /// The most IPv6 extension headers followed; real packets have two or three.
  private static let extensionLimit = 64

  /// - Parameters:
  ///   - bytes: what was captured, with whatever stands before the IP header.
  ///   - originalLength: its length on the wire, which is what an IP length of zero stands for.
  /// - Returns: the packet followed to its transport header, or to its data where it is a fragment.
  static func decode(_ bytes: RawSpan, at start: Int, _ encapsulation: Encapsulation, originalLength: Int)
    throws(Undecodable) -> DecodedPacket
  {
    guard bytes.byteCount > start else { throw .ipTruncated }
    let onWire = originalLength - start
    let ip = bytes.extracting(start..<bytes.byteCount)
    var packet =
      switch ip.uint8(0) >> 4 {
      case 4: try ipv4(ip, onWire: onWire)
      case 6: try ipv6(ip, onWire: onWire)
      default: throw Undecodable.badVersion
      }
    packet.ipStart = start
    packet.encapsulation = encapsulation
    packet.statedLength = packet.ipLength
    if packet.ipLength > onWire {
      packet.isLengthImplausible = true
      packet.ipLength = onWire
      packet.countedLength = originalLength
    }
    // Ethernet pads short frames: what lies behind the IP packet is not part of it.
    packet.capturedLength = min(ip.byteCount, packet.ipLength)
    try followExtensions(ip, &packet)
    if packet.fragment == nil { try TransportLayer.decode(ip, &packet) }
    return packet
  }

  /// Follows a datagram that was put together from fragments, from where its first fragment's data began.
  ///
  /// - Parameter packet: its `fragment` has been removed.
  static func resume(_ ip: RawSpan, _ packet: inout DecodedPacket) throws(Undecodable) {
    try followExtensions(ip, &packet)
    packet.fragment = nil
    try TransportLayer.decode(ip, &packet)
  }

  private static func ipv4(_ ip: RawSpan, onWire: Int) throws(Undecodable) -> DecodedPacket {
    guard ip.byteCount >= 20 else { throw .ipTruncated }
    let headerLength = Int(ip.uint8(0) & 0x0f) * 4
    let totalLength = Int(ip.uint16(2))
    // Segmentation offload leaves a total length of zero in captures taken on the sending host.
    guard headerLength >= 20, totalLength == 0 || totalLength >= headerLength else { throw .badHeaderLength }
    guard ip.byteCount >= headerLength else { throw .ipTruncated }
    var packet = DecodedPacket(
      source: IPAddress(v4: ip.uint32(12)), destination: IPAddress(v4: ip.uint32(16)),
      proto: IPProtocol(rawValue: ip.uint8(9)))
    packet.ipLength = totalLength == 0 ? onWire : totalLength
    packet.transportOffset = headerLength
    packet.payloadOffset = headerLength
    let fragment = ip.uint16(6)
    if fragment & 0x3fff != 0 {
      packet.fragment = DecodedPacket.Fragment(
        identification: UInt32(ip.uint16(4)), offset: Int(fragment & 0x1fff) * 8, hasMore: fragment & 0x2000 != 0)
    }
    if headerLength > 20, let last = SourceRoute.lastHop(ip, optionsEnd: headerLength) { packet.destination = last }
    return packet
  }

  private static func ipv6(_ ip: RawSpan, onWire: Int) throws(Undecodable) -> DecodedPacket {
    guard ip.byteCount >= 40 else { throw .ipTruncated }
    var packet = DecodedPacket(
      source: IPAddress(v6High: ip.uint64(8), low: ip.uint64(16)),
      destination: IPAddress(v6High: ip.uint64(24), low: ip.uint64(32)), proto: IPProtocol(rawValue: ip.uint8(6)))
    let payloadLength = Int(ip.uint16(4))
    // Zero stands for a jumbogram (RFC 2675) or for segmentation offload.
    packet.ipLength = payloadLength == 0 ? onWire : payloadLength + 40
    packet.transportOffset = 40
    packet.payloadOffset = 40
    return packet
  }

  /// Passes over IPv6 extension headers up to the transport header, or up to a fragment's data. AH is passed over in IPv4 too.
  private static func followExtensions(_ ip: RawSpan, _ packet: inout DecodedPacket) throws(Undecodable) {
    guard packet.fragment == nil, packet.source.isIPv6 || packet.proto == .ah else { return }
    for _ in 0...extensionLimit {
      guard packet.fragment == nil, try step(ip, &packet) else {
        packet.payloadOffset = packet.transportOffset
        return
      }
    }
    throw .tooManyExtensions
  }

  /// Passes over one extension header; `false` when `packet.proto` is none.
  private static func step(_ ip: RawSpan, _ packet: inout DecodedPacket) throws(Undecodable) -> Bool {
    let offset = packet.transportOffset
    let unit: Int
    switch packet.proto.rawValue {
    case 0, 43, 60, 135, 139, 140: unit = 8
    case 44: unit = 0
    case 51: unit = 4
    default: return false
    }
    guard ip.byteCount >= offset + 8 else { throw .transportTruncated }
    if packet.proto == .ipv6Routing, let last = SourceRoute.lastHop(ip, routingHeader: offset) {
      packet.destination = last
    }
    if packet.proto == .ipv6Options, let home = SourceRoute.homeAddress(ip, optionsHeader: offset) {
      packet.source = home
    }
    packet.proto = IPProtocol(rawValue: ip.uint8(offset))
    switch unit {
    case 8: packet.transportOffset += (Int(ip.uint8(offset + 1)) + 1) * 8
    case 4: packet.transportOffset += (Int(ip.uint8(offset + 1)) + 2) * 4
    default:
      packet.transportOffset += 8
      let place = ip.uint16(offset + 2)
      // A lone fragment is a whole datagram (RFC 6946).
      guard place & 0xfff9 != 0 else { return true }
      packet.fragment = DecodedPacket.Fragment(
        identification: ip.uint32(offset + 4), offset: Int(place & 0xfff8), hasMore: place & 1 != 0)
    }
    return true
  }
}
