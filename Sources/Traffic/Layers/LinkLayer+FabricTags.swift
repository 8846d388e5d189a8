/// Headers that switches put between Ethernet and IP for each other.
extension LinkLayer {
  static func fabricTag(
    _ type: UInt16, _ bytes: RawSpan, _ offset: inout Int, _ encapsulation: inout Encapsulation
  ) throws(Undecodable) -> Carried {
    switch type {
    // VN-Tag.
    case 0x8926: return try pass(4, bytes, &offset, then: .etherTypeField)
    // The E-Tag of 802.1BR, and Cisco MetaData.
    case 0x893f, 0x8909: return try pass(6, bytes, &offset, then: .etherTypeField)
    // FabricPath: a tag, then the whole frame.
    case 0x8903: return try pass(2, bytes, &offset, then: .ethernet)
    case 0x88e5: return try macSecurity(bytes, &offset)
    case 0x894f: return try serviceHeader(bytes, &offset, &encapsulation)
    case 0xd28b: return try aristaTime(bytes, &offset)
    default: return .other
    }
  }

  private static func pass(_ count: Int, _ bytes: RawSpan, _ offset: inout Int, then next: Carried) throws(Undecodable)
    -> Carried
  {
    try need(count, of: bytes, offset)
    offset += count
    return next
  }

  /// IEEE 802.1AE section 9.3: followed where the frame is signed and not encrypted.
  private static func macSecurity(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(6, of: bytes, offset)
    let control = bytes.uint8(offset)
    let hasChannel = control & 0x20 != 0, isChanged = control & 0x0c != 0
    if isChanged { throw .encryptedFrame }
    return try pass(hasChannel ? 14 : 6, bytes, &offset, then: .etherTypeField)
  }

  /// RFC 8300 section 2.
  private static func serviceHeader(
    _ bytes: RawSpan, _ offset: inout Int, _ encapsulation: inout Encapsulation
  ) throws(Undecodable) -> Carried {
    try need(8, of: bytes, offset)
    let length = Int(bytes.uint16(offset) & 0x3f) * 4
    let next = bytes.uint8(offset + 3)
    guard length >= 8 else { return .other }
    encapsulation.tunnels.append(Tunnel(kind: .nsh, number: bytes.uint32(offset + 4) >> 8))
    switch next {
    case 1, 2: return try pass(length, bytes, &offset, then: .internet)
    case 3: return try pass(length, bytes, &offset, then: .ethernet)
    case 4: return try pass(length, bytes, &offset, then: .etherType(0x894f))
    case 5: return try pass(length, bytes, &offset, then: .etherType(0x8847))
    default: return .other
    }
  }

  /// Time stamps of Arista switches, of 64 or 48 bits by the format in the second word.
  private static func aristaTime(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(4, of: bytes, offset)
    guard bytes.uint16(offset) == 1 else { return .other }
    switch bytes.uint8(offset + 3) >> 4 {
    case 1: return try pass(12, bytes, &offset, then: .etherTypeField)
    case 2: return try pass(10, bytes, &offset, then: .etherTypeField)
    default: return .other
    }
  }
}
