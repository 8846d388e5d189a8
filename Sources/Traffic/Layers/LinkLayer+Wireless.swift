/// IEEE 802.11 data frames, and the headers that capture drivers put before them.
extension LinkLayer {
  /// IEEE 802.11-2020 section 9.3.2. Encrypted frames, fragments and aggregates carry IP that is not followed, and are told;
  /// management and control frames carry none.
  ///
  /// - Parameter isPadded: whether the header is filled up to a multiple of four bytes.
  static func wireless(_ bytes: RawSpan, _ offset: inout Int, isPadded: Bool) throws(Undecodable) -> Carried {
    try need(2, of: bytes, offset)
    let control = bytes.uint8(offset), flags = bytes.uint8(offset + 1)
    let isData = control & 0x0c == 0x08, hasData = control & 0x40 == 0
    guard isData, hasData else { return .other }
    let hasFourAddresses = flags & 0x03 == 0x03, hasQoS = control & 0x80 != 0
    var length = hasFourAddresses ? 30 : 24
    let qosOffset = offset + length
    if hasQoS { length += flags & 0x80 != 0 ? 6 : 2 }
    try need(length, of: bytes, offset)
    let isAggregate = hasQoS && bytes.uint8(qosOffset) & 0x80 != 0
    let isFragment = flags & 0x04 != 0 || bytes.uint8(offset + 22) & 0x0f != 0
    offset += isPadded ? (length + 3) & ~3 : length
    if startsLogicalLink(bytes, offset) {
      // Also where the header says encrypted: some programs decrypt and leave the bit.
      if isFragment { throw .aggregatedFrame }
      return .logicalLink
    }
    if flags & 0x40 != 0 { throw .encryptedFrame }
    guard isAggregate else { return .logicalLink }
    try need(14, of: bytes, offset)
    let subframe = (14 + Int(bytes.uint16(offset + 12)) + 3) & ~3
    // What may follow the only subframe is a checksum.
    guard bytes.byteCount - offset <= subframe + 4 else { throw .aggregatedFrame }
    offset += 14
    return .logicalLink
  }

  private static func startsLogicalLink(_ bytes: RawSpan, _ offset: Int) -> Bool {
    bytes.byteCount >= offset + 3 && bytes.uint16(offset) == 0xaaaa && bytes.uint8(offset + 2) == 0x03
  }

  /// radiotap.org: a length, words that say which fields there are, the fields.
  static func radiotap(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(8, of: bytes, offset)
    let length = Int(bytes.uint16(offset + 2).byteSwapped)
    let present = bytes.uint32(offset + 4).byteSwapped
    var word = present
    var field = offset + 8
    while word & 0x8000_0000 != 0 {
      try need(4, of: bytes, field)
      word = bytes.uint32(field).byteSwapped
      field += 4
    }
    let hasTime = present & 1 != 0, hasFlags = present & 2 != 0
    if hasTime { field = offset + ((field - offset + 7) & ~7) + 8 }
    guard length >= 8 else { throw .linkTruncated }
    try need(length, of: bytes, offset)
    let isPadded = hasFlags && field < offset + length && bytes.uint8(field) & 0x20 != 0
    offset += length
    return .wireless(isPadded: isPadded)
  }

  /// The headers of wlan-ng (`Prism`) and AVS, which state their length.
  static func prism(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(8, of: bytes, offset)
    let isAVS = bytes.uint32(offset) >> 8 == 0x802110
    let stated = bytes.uint32(offset + 4)
    let length = Int(isAVS ? stated : min(stated, stated.byteSwapped))
    try need(length, of: bytes, offset)
    offset += length
    return .wireless(isPadded: false)
  }
}
