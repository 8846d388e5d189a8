/// Links between two ends, and the headers that name a network protocol on shared ones.
extension LinkLayer {
  /// RFC 1661 and RFC 1662; address, control and the first byte of the protocol may have been compressed away.
  static func ppp(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(2, of: bytes, offset)
    if bytes.uint16(offset) == 0xff03 { offset += 2 }
    try need(1, of: bytes, offset)
    var type = UInt16(bytes.uint8(offset))
    if type & 1 != 0 {
      offset += 1
    } else {
      try need(2, of: bytes, offset)
      type = bytes.uint16(offset)
      offset += 2
    }
    switch type {
    case 0x0021, 0x0057: return .internet
    case 0x0281: return .etherType(0x8847)
    case 0x0283: return .etherType(0x8848)
    case 0x0031:
      // RFC 3518: a bridged frame behind two bytes of flags and type.
      offset += 2
      return .ethernet
    case 0x002d, 0x002f: throw .compressedHeaders
    case 0x003d: throw .multilink
    case 0x0053, 0x0055, 0x00fd, 0x00fb: throw .encryptedFrame
    default: return .other
    }
  }

  /// Q.922 address of two to four bytes, then RFC 2427's control and protocol bytes, or Cisco's EtherType.
  static func frameRelay(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    var length = 1
    try need(1, of: bytes, offset)
    while bytes.uint8(offset + length - 1) & 1 == 0 {
      length += 1
      guard length <= 4 else { return .other }
      try need(length, of: bytes, offset)
    }
    offset += length
    try need(2, of: bytes, offset)
    guard bytes.uint8(offset) == 0x03 else { return .etherTypeField }
    offset += bytes.uint8(offset + 1) == 0 ? 2 : 1
    return .networkLayerID
  }

  /// ISO/IEC TR 9577, as RFC 2427 and RFC 2684 use it.
  static func networkLayerID(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(1, of: bytes, offset)
    defer { offset += 1 }
    switch bytes.uint8(offset) {
    case 0xcc, 0x8e: return .internet
    case 0x80: return .snap(bridgePadding: 0)
    case 0xcf: return .ppp
    default: return .other
    }
  }

  /// IEEE 802.2.
  static func logicalLink(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    // A frame without data, and one that ends within a byte or two, are no business of IP.
    guard bytes.byteCount - offset >= 3, bytes.uint8(offset + 2) == 0x03 else { return .other }
    let access = bytes.uint16(offset)
    offset += 3
    switch access {
    case 0xaaaa: return .snap(bridgePadding: 2)
    case 0x0606: return .internet
    case 0xfefe: return .networkLayerID
    default: return .other
    }
  }

  /// IEEE 802 SNAP: an organisation and its type.
  ///
  /// - Parameter bridgePadding: bytes between the header and a bridged Ethernet frame (RFC 2684 section 5.2).
  static func snap(_ bytes: RawSpan, _ offset: inout Int, bridgePadding: Int) throws(Undecodable) -> Carried {
    try need(5, of: bytes, offset)
    let organisation = bytes.uint32(offset) >> 8
    let type = bytes.uint16(offset + 3)
    offset += 5
    switch (organisation, type) {
    case (0x000000, _), (0x0000f8, _): return .etherType(type)
    case (0x0080c2, 0x0001), (0x0080c2, 0x0007):
      offset += bridgePadding
      return .ethernet
    default: return .other
    }
  }
}
