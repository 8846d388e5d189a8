import Records

/// snoop (RFC 1761), and Shomiti's captures in its shape, whose records end in more than twelve bytes of their own.
struct SnoopFormat: RecordFormat {
  private var network: UInt32 = 0
  private var isShomiti = false
  private var dropped: UInt32 = 0
  /// The packet before which the count of drops last rose, and where its record begins.
  private var droppedPacket = 0, droppedOffset = 0
  let recordHeaderLength = 24

  var linkType: LinkType? { Self.linkType(network, isShomiti: isShomiti) }

  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader {
    // The first record's header too: its padding tells whose capture it is.
    guard bytes.byteCount >= 40 || isAtEnd && bytes.byteCount >= 16 else { return .needsMore }
    let version = bytes.uint32(8)
    guard (2...5).contains(version) else {
      return .refused("says it is snoop version \(version), and only versions 2 to 5 are read here")
    }
    network = bytes.uint32(12)
    if bytes.byteCount >= 40 {
      let padding = Int(bytes.uint32(24)) - 24 - Int(bytes.uint32(20))
      isShomiti = padding >= 16
    }
    return .read(16)
  }

  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader {
    var header = RecordHeader()
    header.original = Int(bytes.uint32(position))
    header.captured = Int(bytes.uint32(position + 4))
    header.dataOffset = 24
    let length = Int(bytes.uint32(position + 8))
    // Padding is to four bytes; the most that is known are Shomiti's trailers.
    header.length = (24 + header.captured...24 + header.captured + 64).contains(length) ? length : 0
    header.setTime(
      seconds: Int64(bytes.uint32(position + 16)), fraction: Int64(bytes.uint32(position + 20)), unit: 1000)
    header.linkType = Self.linkType(network, isShomiti: isShomiti)
    return header
  }

  mutating func accept(_ header: RecordHeader, _ record: RawSpan, offset: Int, packet: Int) {
    let count = record.uint32(12)
    guard count > dropped else { return }
    dropped = count
    droppedPacket = packet
    droppedOffset = offset
  }

  mutating func finish(_ notes: inout CaptureNotes, packets: Int) -> Problem? {
    if dropped > 0 {
      notes.add(CaptureNote(.packetsDropped, offset: droppedOffset, packet: droppedPacket, value: "\(dropped)"))
    }
    return nil
  }

  /// DLPI's numbers, of which RFC 1761 names the first ten; Shomiti has numbers of its own from 10 on.
  private static func linkType(_ network: UInt32, isShomiti: Bool) -> LinkType {
    let common: [UInt32: UInt32] = [0: 1, 2: 6, 4: 1, 8: 10]
    let solaris: [UInt32: UInt32] = [9: 0, 14: 0, 16: 122, 18: 123, 26: 242, 0x8000_0005: 226]
    let shomiti: [UInt32: UInt32] = [10: 1, 11: 6, 12: 1, 13: 6, 14: 6, 19: 1]
    let own = isShomiti ? shomiti : solaris
    return LinkType(rawValue: common[network] ?? own[network] ?? LinkType.firstForeign | network)
  }
}
