import Records

/// Recognises tunnels in IP and UDP and passes over their headers.
///
/// Ports alone prove nothing, so a packet counts as tunnelled only when its inside is followed to an IP packet that fits into
/// it. Everything else, a tunnel's own control messages included, belongs to the outer flow.
enum TunnelLayer {
  private typealias Opening = (tunnel: Tunnel, carried: Carried, offset: Int)

  /// - Parameters:
  ///   - packet: a whole packet, followed to its transport header.
  ///   - bytes: what `packet.ipStart` counts in.
  /// - Returns: the IP packet inside; `nil` where there is none.
  static func open(_ packet: borrowing DecodedPacket, _ bytes: RawSpan) -> DecodedPacket? {
    guard mayBeTunnel(packet) else { return nil }
    let ip = bytes.extracting(packet.ipStart..<packet.ipStart + packet.capturedLength)
    guard let opening = opening(packet, ip) else { return nil }
    var encapsulation = packet.encapsulation
    var tunnel = opening.tunnel
    tunnel.ends = (packet.source, packet.destination)
    encapsulation.tunnels.append(tunnel)
    var offset = opening.offset
    do throws(Undecodable) {
      guard try LinkLayer.follow(ip, from: opening.carried, &offset, &encapsulation) else { return nil }
      var inner = try InternetLayer.decode(ip, at: offset, encapsulation, originalLength: packet.ipLength)
      guard inner.statedLength <= packet.statedLength - offset else { return nil }
      inner.isLengthImplausible = inner.isLengthImplausible || packet.isLengthImplausible
      inner.ipStart += packet.ipStart
      return inner
    } catch {
      return nil
    }
  }

  @inline(__always) private static func mayBeTunnel(_ packet: borrowing DecodedPacket) -> Bool {
    switch packet.proto {
    case .tcp, .icmp: false
    case .udp: isTunnelPort(packet.destinationPort) || isTunnelPort(packet.sourcePort)
    case .ipInIP, .ipv6, .gre, .etherIP, .mplsInIP: true
    default: false
    }
  }

  private enum Port {
    static let l2tp: UInt16 = 1701, gtpU: UInt16 = 2152, teredo: UInt16 = 3544, vxlan: UInt16 = 4789
    static let vxlanGPE: UInt16 = 4790, geneve: UInt16 = 6081, mpls: UInt16 = 6635, linuxVXLAN: UInt16 = 8472
    static let gre: UInt16 = 4754, ayiya: UInt16 = 5072
  }

  private static func isTunnelPort(_ port: UInt16) -> Bool {
    switch port {
    case Port.l2tp, Port.gtpU, Port.teredo, Port.vxlan, Port.vxlanGPE, Port.geneve, Port.mpls, Port.linuxVXLAN,
      Port.gre,
      Port.ayiya:
      true
    default: false
    }
  }

  private static func opening(_ packet: borrowing DecodedPacket, _ ip: RawSpan) -> Opening? {
    let start = packet.proto == .udp ? packet.payloadOffset : packet.transportOffset
    let count = ip.byteCount - start
    guard count >= 4 else { return nil }
    let isV6 = packet.source.isIPv6
    switch packet.proto {
    case .ipInIP: return (Tunnel(kind: isV6 ? .fourInSix : .ipInIP), .internet, start)
    case .ipv6: return (Tunnel(kind: isV6 ? .sixInSix : .sixInFour), .internet, start)
    case .gre: return gre(ip, start)
    case .etherIP: return ip.uint16(start) == 0x3000 ? (Tunnel(kind: .etherIP), .ethernet, start + 2) : nil
    case .mplsInIP: return (Tunnel(kind: .mpls), .etherType(0x8847), start)
    default: break
    }
    switch isTunnelPort(packet.destinationPort) ? packet.destinationPort : packet.sourcePort {
    case Port.vxlan, Port.linuxVXLAN: return vxlan(ip, start, count)
    case Port.vxlanGPE: return vxlanGPE(ip, start, count)
    case Port.geneve: return geneve(ip, start, count)
    case Port.mpls: return (Tunnel(kind: .mpls), .etherType(0x8847), start)
    // RFC 8086.
    case Port.gre: return gre(ip, start)
    case Port.ayiya: return ayiya(ip, start, count)
    case Port.gtpU: return gtpU(ip, start, count)
    case Port.teredo: return teredo(ip, start, count)
    case Port.l2tp: return l2tp(ip, start, count)
    default: return nil
    }
  }

  /// RFC 2784 with RFC 2890's key and sequence number, and PPTP's version 1 (RFC 2637 section 4.1).
  private static func gre(_ ip: RawSpan, _ start: Int) -> Opening? {
    let flags = ip.uint16(start), type = ip.uint16(start + 2)
    let version = flags & 7
    let hasChecksum = flags & 0x8000 != 0, hasRouting = flags & 0x4000 != 0, hasKey = flags & 0x2000 != 0
    let hasSequence = flags & 0x1000 != 0, hasAcknowledgement = version == 1 && flags & 0x0080 != 0
    guard version <= 1, !hasRouting else { return nil }
    var offset = start + 4 + (hasChecksum ? 4 : 0)
    var tunnel = Tunnel(kind: .gre)
    if hasKey {
      guard ip.byteCount >= offset + 4 else { return nil }
      // In PPTP the key holds a length and the number of the receiver's call, which differs by direction.
      if version == 0 { tunnel.number = ip.uint32(offset) }
      offset += 4
    }
    offset += (hasSequence ? 4 : 0) + (hasAcknowledgement ? 4 : 0)
    guard ip.byteCount > offset else { return nil }
    switch type {
    case 0x88be: return erspan(ip, offset, hasHeader: hasSequence, headerLength: 8)
    case 0x22eb: return erspan(ip, offset, hasHeader: true, headerLength: 12)
    case 0x880b: return (tunnel, .ppp, offset)
    case 0x883e:
      // WCCP: version 2 puts four bytes before the packet, version 1 nothing.
      return (tunnel, .internet, ip.uint8(offset) >> 4 == 4 ? offset : offset + 4)
    // Aruba's access points send what they heard.
    case 0x8200...0x8270, 0x9000: return (tunnel, .wireless(isPadded: false), offset)
    default: return (tunnel, .etherType(type), offset)
    }
  }

  /// Mirrored Ethernet frames: types I (no header), II and III of draft-foschiano-erspan-03.
  private static func erspan(_ ip: RawSpan, _ start: Int, hasHeader: Bool, headerLength: Int) -> Opening? {
    var tunnel = Tunnel(kind: .erspan)
    guard hasHeader else { return (tunnel, .ethernet, start) }
    guard ip.byteCount >= start + headerLength else { return nil }
    tunnel.number = UInt32(ip.uint16(start + 2) & 0x03ff)
    let hasSubheader = headerLength == 12 && ip.uint8(start + 11) & 1 != 0
    return (tunnel, .ethernet, start + headerLength + (hasSubheader ? 8 : 0))
  }

  /// RFC 7348 section 5.
  private static func vxlan(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    guard count >= 8, ip.uint8(start) & 0x08 != 0 else { return nil }
    return (Tunnel(kind: .vxlan, number: ip.uint32(start + 4) >> 8), .ethernet, start + 8)
  }

  /// draft-ietf-nvo3-vxlan-gpe: VXLAN that names what it carries.
  private static func vxlanGPE(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    guard count >= 8, ip.uint8(start) & 0x0c == 0x0c else { return nil }
    let tunnel = Tunnel(kind: .vxlan, number: ip.uint32(start + 4) >> 8)
    switch ip.uint8(start + 3) {
    case 1, 2: return (tunnel, .internet, start + 8)
    case 3: return (tunnel, .ethernet, start + 8)
    case 4: return (tunnel, .etherType(0x894f), start + 8)
    case 5: return (tunnel, .etherType(0x8847), start + 8)
    default: return nil
    }
  }

  /// RFC 8926 section 3.4.
  private static func geneve(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    guard count >= 8, ip.uint8(start) >> 6 == 0 else { return nil }
    let options = Int(ip.uint8(start) & 0x3f) * 4
    let tunnel = Tunnel(kind: .geneve, number: ip.uint32(start + 4) >> 8)
    return (tunnel, .etherType(ip.uint16(start + 2)), start + 8 + options)
  }

  /// 3GPP TS 29.281 section 5: G-PDU messages of version 1, with their extension headers.
  private static func gtpU(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    let gPDU: UInt8 = 255
    guard count >= 8, ip.uint8(start) >> 4 == 3, ip.uint8(start + 1) == gPDU else { return nil }
    let tunnel = Tunnel(kind: .gtpU, number: ip.uint32(start + 4))
    let flags = ip.uint8(start) & 7
    guard flags != 0 else { return (tunnel, .internet, start + 8) }
    var offset = start + 12
    guard ip.byteCount >= offset else { return nil }
    var next = flags & 4 != 0 ? ip.uint8(offset - 1) : 0
    for _ in 0..<8 where next != 0 {
      guard ip.byteCount > offset else { return nil }
      let length = Int(ip.uint8(offset)) * 4
      guard length > 0, ip.byteCount >= offset + length else { return nil }
      next = ip.uint8(offset + length - 1)
      offset += length
    }
    return next == 0 ? (tunnel, .internet, offset) : nil
  }

  /// RFC 4380 section 5.1.1: an authentication header, an origin indication, both or none before IPv6.
  private static func teredo(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    var offset = start
    if count >= 13, ip.uint16(offset) == 0x0001 {
      offset += 13 + Int(ip.uint8(offset + 2)) + Int(ip.uint8(offset + 3))
    }
    if ip.byteCount >= offset + 8, ip.uint16(offset) == 0x0000 { offset += 8 }
    guard ip.byteCount > offset, ip.uint8(offset) >> 4 == 6 else { return nil }
    return (Tunnel(kind: .teredo), .internet, offset)
  }

  /// draft-massar-v6ops-ayiya: identity and signature of stated lengths before IPv6.
  private static func ayiya(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    let ipv6: UInt8 = 41, forward: UInt8 = 1
    guard count >= 8, ip.uint8(start + 3) == ipv6, ip.uint8(start + 2) & 0x0f == forward else { return nil }
    let identity = 1 << Int(ip.uint8(start) >> 4), signature = Int(ip.uint8(start + 1) >> 4) * 4
    return (Tunnel(kind: .ayiya), .internet, start + 8 + identity + signature)
  }

  /// RFC 2661 section 3.1: data messages, which carry PPP.
  private static func l2tp(_ ip: RawSpan, _ start: Int, _ count: Int) -> Opening? {
    let flags = ip.uint16(start)
    let isControl = flags & 0x8000 != 0, hasLength = flags & 0x4000 != 0
    let hasSequence = flags & 0x0800 != 0, hasPadding = flags & 0x0200 != 0
    guard !isControl, flags & 0x000f == 2 else { return nil }
    var offset = start + (hasLength ? 4 : 2)
    guard ip.byteCount >= offset + 4 else { return nil }
    let session = UInt32(ip.uint16(offset + 2))
    offset += hasSequence ? 8 : 4
    if hasPadding {
      guard ip.byteCount >= offset + 2 else { return nil }
      offset += 2 + Int(ip.uint16(offset))
    }
    return (Tunnel(kind: .l2tp, number: session), .ppp, offset)
  }
}
