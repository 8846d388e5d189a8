/// Follows the link layer of a packet to its IP header.
enum LinkLayer {
  private enum EtherType {
    static let ipv4: UInt16 = 0x0800
    static let ipv6: UInt16 = 0x86dd
    /// 802.1Q, 802.1ad, and the number QinQ used before it was standardised.
    static let tags: Set<UInt16> = [0x8100, 0x88a8, 0x9100]
  }

  /// - Parameters:
  ///   - bytes: the captured packet.
  ///   - originalLength: its length on the wire, which is what an IP length of zero stands for.
  static func decode(_ bytes: RawSpan, _ linkType: LinkType, originalLength: Int) -> DecodeOutcome {
    switch linkType {
    case .ethernet:
      guard bytes.byteCount >= 14 else { return .undecodable(.linkTruncated) }
      return etherType(bytes, at: 12, originalLength)
    case .linuxCooked:
      guard bytes.byteCount >= 16 else { return .undecodable(.linkTruncated) }
      return etherType(bytes, at: 14, originalLength)
    case .linuxCooked2:
      guard bytes.byteCount >= 20 else { return .undecodable(.linkTruncated) }
      return etherType(bytes, at: 0, payload: 20, originalLength)
    case .null, .loop:
      return loopback(bytes, originalLength)
    case let type where LinkType.raw.contains(type) || type == .ipv4 || type == .ipv6:
      return InternetLayer.decode(bytes, at: 0, vlan: .none, originalLength: originalLength)
    default:
      return .undecodable(.unsupportedLinkType)
    }
  }

  /// Reads the EtherType at `offset`, the tags behind it, and the IP packet behind those.
  private static func etherType(_ bytes: RawSpan, at offset: Int, payload: Int? = nil, _ originalLength: Int)
    -> DecodeOutcome
  {
    var type = bytes.uint16(offset)
    var next = payload ?? offset + 2
    var vlan = VLANStack.none
    while EtherType.tags.contains(type) {
      guard bytes.byteCount >= next + 4 else { return .undecodable(.linkTruncated) }
      guard vlan.push(bytes.uint16(next)) else { return .undecodable(.tooManyTags) }
      type = bytes.uint16(next + 2)
      next += 4
    }
    guard type == EtherType.ipv4 || type == EtherType.ipv6 else { return .notIP }
    return InternetLayer.decode(bytes, at: next, vlan: vlan, originalLength: originalLength)
  }

  /// BSD loopback: the address family in the byte order of the machine that captured; IPv6's number differs by system.
  private static func loopback(_ bytes: RawSpan, _ originalLength: Int) -> DecodeOutcome {
    guard bytes.byteCount >= 4 else { return .undecodable(.linkTruncated) }
    let family = bytes.uint32(0)
    let known: Set<UInt32> = [2, 10, 24, 28, 30]
    guard known.contains(family) || known.contains(family.byteSwapped) else { return .notIP }
    return InternetLayer.decode(bytes, at: 4, vlan: .none, originalLength: originalLength)
  }
}
