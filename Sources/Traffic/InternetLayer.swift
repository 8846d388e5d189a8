import Records

/// Follows IPv4 (RFC 791) and IPv6 (RFC 8200) to the transport header. Checksums are not trusted and not needed.
enum InternetLayer {
  /// The most IPv6 extension headers followed; real packets have two or three.
  private static let extensionLimit = 16

  static func decode(_ bytes: RawSpan, at start: Int, vlan: VLANStack, originalLength: Int) -> DecodeOutcome {
    guard bytes.byteCount > start else { return .undecodable(.ipTruncated) }
    let onWire = originalLength - start
    do throws(Undecodable) {
      let ip = bytes.extracting(start..<bytes.byteCount)
      var packet =
        switch ip.uint8(0) >> 4 {
        case 4: try ipv4(ip, onWire: onWire)
        case 6: try ipv6(ip, onWire: onWire)
        default: throw Undecodable.badVersion
        }
      packet.ipStart = start
      packet.vlan = vlan
      // Ethernet pads short frames: what lies behind the IP packet is not part of it.
      packet.capturedLength = min(ip.byteCount, packet.ipLength)
      try TransportLayer.decode(ip, &packet)
      return .ip(packet)
    } catch {
      return .undecodable(error)
    }
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
    packet.isLaterFragment = fragment & 0x1fff != 0
    packet.hasMoreFragments = fragment & 0x2000 != 0
    packet.fragmentID = UInt32(ip.uint16(4))
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
    var offset = 40
    for _ in 0..<extensionLimit {
      guard try step(ip, &packet, &offset) else {
        packet.transportOffset = offset
        packet.payloadOffset = offset
        return packet
      }
    }
    throw .tooManyExtensions
  }

  /// Passes over one extension header; `false` when `packet.proto` is no extension.
  private static func step(_ ip: RawSpan, _ packet: inout DecodedPacket, _ offset: inout Int) throws(Undecodable)
    -> Bool
  {
    guard !packet.isLaterFragment else { return false }
    switch packet.proto.rawValue {
    case 0, 43, 60, 135, 139, 140:
      guard ip.byteCount >= offset + 8 else { throw .transportTruncated }
      packet.proto = IPProtocol(rawValue: ip.uint8(offset))
      offset += (Int(ip.uint8(offset + 1)) + 1) * 8
    case 44:
      guard ip.byteCount >= offset + 8 else { throw .transportTruncated }
      packet.proto = IPProtocol(rawValue: ip.uint8(offset))
      let fragment = ip.uint16(offset + 2)
      packet.isLaterFragment = fragment & 0xfff8 != 0
      packet.hasMoreFragments = fragment & 1 != 0
      packet.fragmentID = ip.uint32(offset + 4)
      offset += 8
    case 51:
      guard ip.byteCount >= offset + 8 else { throw .transportTruncated }
      packet.proto = IPProtocol(rawValue: ip.uint8(offset))
      offset += (Int(ip.uint8(offset + 1)) + 2) * 4
    default:
      return false
    }
    return true
  }
}
