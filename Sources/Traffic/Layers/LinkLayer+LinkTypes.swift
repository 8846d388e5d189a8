/// Where each link type's frames begin (tcpdump.org, "Link-layer header types").
extension LinkLayer {
  /// Passes over what the link type puts before the first header that names its successor.
  static func start(of type: LinkType, _ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    switch type {
    case .ethernet: return .ethernet
    case .linuxCooked: return try linuxCooked(bytes, &offset)
    case .linuxCooked2: return try linuxCooked2(bytes, &offset)
    case .null, .loop: return try loopback(bytes, &offset)
    case .ipv4, .ipv6: return .internet
    case .wireless: return .wireless(isPadded: false)
    case .radiotap: return try radiotap(bytes, &offset)
    case .prism, .avs: return try prism(bytes, &offset)
    case .ppp, .pppSerial, .pppOverDirection: return try pppFrame(bytes, &offset)
    case .pppWithDirection: return try skip(1, then: .ppp, bytes, &offset)
    case .pppoe: return try skip(0, then: .etherType(0x8864), bytes, &offset)
    case .ciscoHDLC: return .ciscoHDLC
    case .ciscoHDLCWithDirection: return try skip(1, then: .ciscoHDLC, bytes, &offset)
    case .frameRelay: return .frameRelay
    case .frameRelayWithDirection: return try skip(1, then: .frameRelay, bytes, &offset)
    case .slip: return try slip(bytes, &offset)
    case .fddi: return try skip(13, then: .logicalLink, bytes, &offset)
    case .tokenRing: return try tokenRing(bytes, &offset)
    case .arcnet: return try arcnet(bytes, &offset, typeAt: 2)
    case .arcnetLinux: return try arcnet(bytes, &offset, typeAt: 4)
    case .atmRFC1483, .atmCLIP: return .logicalLink
    case .sunATM: return try sunATM(bytes, &offset)
    case .ipOverFibreChannel: return try skip(16, then: .logicalLink, bytes, &offset)
    case .ipOverInfiniBand: return try skip(40, then: .etherTypeField, bytes, &offset, reserved: 2)
    case .openBSDEncapsulation: return try skip(12, then: .internet, bytes, &offset)
    case .pflog: return try pflog(bytes, &offset)
    case .nflog: return try nflog(bytes, &offset)
    case .ipnet: return try skip(24, then: .internet, bytes, &offset)
    case .ppi: return try wrapped(bytes, &offset, lengthAt: 2, isShortLength: true, typeAt: 4)
    case .pktap, .pktapUser: return try wrapped(bytes, &offset, lengthAt: 0, isShortLength: false, typeAt: 8)
    case .netAnalyzer: return try skip(4, then: .ethernet, bytes, &offset)
    case .netAnalyzerTransparent: return try skip(12, then: .ethernet, bytes, &offset)
    case .mPacket: return try mPacket(bytes, &offset)
    case .docsis: return try docsis(bytes, &offset)
    case .dsa, .broadcomTag: return try skip(16, then: .etherTypeField, bytes, &offset)
    case .edsa: return try skip(20, then: .etherTypeField, bytes, &offset)
    case .broadcomPrependedTag: return try skip(4, then: .ethernet, bytes, &offset)
    case .juniperEthernet: return try juniper(.ethernet, bytes, &offset)
    case .juniperPPP: return try juniper(.ppp, bytes, &offset)
    case .juniperFrameRelay: return try juniper(.frameRelay, bytes, &offset)
    case .juniperHDLC: return try juniper(.ciscoHDLC, bytes, &offset)
    default:
      guard LinkType.raw.contains(type) else { throw .unsupportedLinkType }
      return .internet
    }
  }

  /// - Parameter reserved: bytes behind the type field that are passed over with it; the field moves next to its payload.
  private static func skip(
    _ count: Int, then next: Carried, _ bytes: RawSpan, _ offset: inout Int, reserved: Int = 0
  ) throws(Undecodable) -> Carried {
    try need(count, of: bytes, offset)
    offset += count
    guard reserved > 0 else { return next }
    try need(2 + reserved, of: bytes, offset)
    let type = bytes.uint16(offset)
    offset += 2 + reserved
    return .etherType(type)
  }

  private static func linuxCooked(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(16, of: bytes, offset)
    let device = bytes.uint16(offset + 2), type = bytes.uint16(offset + 14)
    offset += 16
    return cooked(device, type)
  }

  private static func linuxCooked2(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(20, of: bytes, offset)
    let device = bytes.uint16(offset + 8), type = bytes.uint16(offset)
    offset += 20
    return cooked(device, type)
  }

  /// - Parameter device: Linux' ARPHRD number of the interface.
  private static func cooked(_ device: UInt16, _ type: UInt16) -> Carried {
    if device == 803 { return .frame(.radiotap) }
    return type == 0x0004 ? .logicalLink : type == 0x0001 ? .other : .etherType(type)
  }

  /// BSD loopback: the address family in the byte order of the machine that captured; IPv6's number differs by system.
  private static func loopback(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(4, of: bytes, offset)
    if isCiscoHDLC(bytes, offset) { return .ciscoHDLC }
    let family = min(bytes.uint32(offset), bytes.uint32(offset).byteSwapped)
    offset += 4
    return [2, 10, 24, 28, 30].contains(family) ? .internet : .other
  }

  /// Programs write Cisco's framing under the numbers of others, too: its address byte is unicast or broadcast, and zero
  /// follows.
  private static func isCiscoHDLC(_ bytes: RawSpan, _ offset: Int) -> Bool {
    bytes.uint16(offset) == 0x0f00 || bytes.uint16(offset) == 0x8f00
  }

  /// pppd on Linux writes the direction in place of the address byte.
  private static func pppFrame(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(2, of: bytes, offset)
    if isCiscoHDLC(bytes, offset) { return .ciscoHDLC }
    if bytes.uint8(offset) <= 1, bytes.uint8(offset + 1) == 0x03 { offset += 2 }
    return .ppp
  }

  /// BSD SLIP: direction and the compressor's view of the header, 16 bytes in all.
  private static func slip(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(17, of: bytes, offset)
    offset += 16
    let version = bytes.uint8(offset) >> 4
    guard version == 4 || version == 6 else { throw .compressedHeaders }
    return .internet
  }

  /// IEEE 802.5: a source address whose first bit is set has a route behind it, of a length stated in it.
  private static func tokenRing(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(15, of: bytes, offset)
    let isRouted = bytes.uint8(offset + 8) & 0x80 != 0
    let route = isRouted ? Int(bytes.uint8(offset + 14) & 0x1f) : 0
    offset += 14 + route
    return .logicalLink
  }

  /// RFC 1201, and the older framing of RFC 1051 for its types 240 and 241.
  private static func arcnet(_ bytes: RawSpan, _ offset: inout Int, typeAt: Int) throws(Undecodable) -> Carried {
    try need(typeAt + 2, of: bytes, offset)
    let type = bytes.uint8(offset + typeAt), flag = bytes.uint8(offset + typeAt + 1)
    offset += typeAt + 1
    if type == 240 { return .internet }
    guard type == 212 || type == 196 else { return .other }
    // An exception frame has four bytes more before its flag; any other flag but 0 marks a fragment.
    if flag != 0, flag != 0xff { throw .aggregatedFrame }
    offset += flag == 0xff ? 7 : 3
    return .internet
  }

  /// Sun's ATM header: direction and traffic type, VPI, VCI.
  private static func sunATM(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(4, of: bytes, offset)
    let traffic = bytes.uint8(offset) & 0x0f
    offset += 4
    if traffic == 1 { return try skip(2, then: .ethernet, bytes, &offset) }
    return traffic == 2 ? .logicalLink : .other
  }

  private static func pflog(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(4, of: bytes, offset)
    return try skip((Int(bytes.uint8(offset)) + 3) & ~3, then: .internet, bytes, &offset)
  }

  /// Linux' netfilter log: attributes of stated length, one of which is the packet.
  private static func nflog(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(4, of: bytes, offset)
    let isIP = bytes.uint8(offset) == 2 || bytes.uint8(offset) == 10
    offset += 4
    let payloadType: UInt16 = 9
    for _ in 0..<64 {
      try need(4, of: bytes, offset)
      // Host byte order: no attribute is as long as a small length read the wrong way round.
      let length = min(bytes.uint16(offset), bytes.uint16(offset).byteSwapped)
      let type = min(bytes.uint16(offset + 2), bytes.uint16(offset + 2).byteSwapped)
      if type == payloadType {
        offset += 4
        return isIP ? .internet : .other
      }
      guard length >= 4 else { throw .linkTruncated }
      offset += (Int(length) + 3) & ~3
    }
    throw .tooManyLayers
  }

  /// A header of stated length that names the link type of the frame behind it, both little-endian.
  private static func wrapped(
    _ bytes: RawSpan, _ offset: inout Int, lengthAt: Int, isShortLength: Bool, typeAt: Int
  ) throws(Undecodable) -> Carried {
    try need(typeAt + 4, of: bytes, offset)
    let length =
      isShortLength
      ? Int(bytes.uint16(offset + lengthAt).byteSwapped) : Int(bytes.uint32(offset + lengthAt).byteSwapped)
    let type = LinkType(rawValue: bytes.uint32(offset + typeAt).byteSwapped)
    guard length >= typeAt + 4 else { throw .linkTruncated }
    try need(length, of: bytes, offset)
    offset += length
    return .frame(type)
  }

  /// IEEE 802.3br: what is left of the preamble, up to the delimiter of an express frame.
  private static func mPacket(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    let delimiter: UInt8 = 0xd5
    for _ in 0..<8 {
      try need(1, of: bytes, offset)
      offset += 1
      if bytes.uint8(offset - 1) == delimiter { return .ethernet }
    }
    throw .aggregatedFrame
  }

  /// DOCSIS MAC header: only whole packets of users are followed.
  private static func docsis(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(6, of: bytes, offset)
    let control = bytes.uint8(offset)
    guard control >> 6 == 0 else { return .other }
    let extended = control & 1 != 0 ? Int(bytes.uint8(offset + 1)) : 0
    return try skip(6 + extended, then: .ethernet, bytes, &offset)
  }

  /// Juniper: a magic number, flags, and where the flags say so extensions of stated length.
  private static func juniper(_ next: Carried, _ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(6, of: bytes, offset)
    let magic: UInt32 = 0x4d4743
    guard bytes.uint32(offset) >> 8 == magic else { return .other }
    let flags = bytes.uint8(offset + 3)
    let extensions = flags & 0x80 != 0 ? 2 + Int(bytes.uint16(offset + 4)) : 0
    let hasNoLinkHeader = flags & 0x02 != 0
    guard !hasNoLinkHeader else { return .other }
    return try skip(4 + extensions, then: next, bytes, &offset)
  }
}
