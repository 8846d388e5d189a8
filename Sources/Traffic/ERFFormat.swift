import Evidence
import Records

/// Endace's Extensible Record Format: records one behind the other without a file header.
///
/// Ethernet, HDLC, IPv4 and IPv6 become packets of their own link types. Records of ATM, Infiniband and others are packets of
/// link type 197 (ERF), which are counted and not followed; padding, counters and metadata are passed over.
struct ERFFormat: RecordFormat {
  private var lost = 0
  private var lastLossPacket = 0, lastLossOffset = 0
  /// Records of metadata, and where the first of them begins.
  private var metadata = 0, firstMetadata = 0
  let recordHeaderLength = 16

  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader { .read(0) }

  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader {
    var header = RecordHeader()
    let type = bytes.uint8(position + 8) & 0x7f
    header.length = Int(bytes.uint16(position + 10))
    header.original = Int(bytes.uint16(position + 14))
    header.captured = min(header.original, max(0, header.length - 16))
    header.dataOffset = 16
    // Seconds and a binary fraction, little-endian whatever else is.
    let stamp = bytes.uint64(position).byteSwapped
    let fraction = ((stamp & 0xffff_ffff) * 1_000_000_000 + 0x8000_0000) >> 32
    header.time = CaptureTime(nanoseconds: Int64(stamp >> 32) * 1_000_000_000 + Int64(fraction))
    header.isSound = ERFRecord.isKnown(type)
    header.isPacket = !ERFRecord.isWithoutPacket(type)
    header.linkType = ERFRecord.linkType
    return header
  }

  func complete(_ header: inout RecordHeader, _ record: RawSpan) {
    guard header.isPacket else { return }
    let type = record.uint8(8)
    var offset = 16
    var next = type
    while next & 0x80 != 0, offset + 8 <= record.byteCount {
      next = record.uint8(offset)
      offset += 8
    }
    let whole = record.byteCount
    switch type & 0x7f {
    case 2, 11, 16, 20:
      header.linkType = .ethernet
      offset += 2
    case 1, 10, 15, 19: header.linkType = hdlc(record, offset)
    case 5, 17:
      offset += 4
      header.linkType = hdlc(record, offset)
    case 22: header.linkType = .ipv4
    case 23: header.linkType = .ipv6
    default:
      header.dataOffset = 0
      header.captured = whole
      header.original = max(header.original + 16, whole)
      return
    }
    header.dataOffset = min(offset, whole)
    header.captured = min(header.original, whole - header.dataOffset)
  }

  /// The header of an HDLC frame tells what runs over it: PPP (RFC 1662), Cisco's HDLC, or frame relay.
  private func hdlc(_ record: RawSpan, _ offset: Int) -> LinkType {
    guard record.byteCount >= offset + 2 else { return LinkType(rawValue: 104) }
    switch record.uint16(offset) {
    case 0xff03: return LinkType(rawValue: 50)
    case 0x0f00, 0x8f00: return LinkType(rawValue: 104)
    default: return LinkType(rawValue: 107)
    }
  }

  mutating func accept(_ header: RecordHeader, _ record: RawSpan, offset: Int, packet: Int) {
    // Other types keep a colour or a hash where these count packets lost before the record.
    if record.uint8(8) & 0x7f == 27 {
      if metadata == 0 { firstMetadata = offset }
      metadata += 1
    }
    let count = Int(record.uint16(12))
    guard count > 0 else { return }
    switch record.uint8(8) & 0x7f {
    case 1...4, 22, 23: lost += count
    default: return
    }
    lastLossPacket = packet
    lastLossOffset = offset
  }

  mutating func finish(_ notes: inout CaptureNotes, packets: Int) -> Problem? {
    if metadata > 0 {
      notes.add(CaptureNote(.unknownBlock, offset: firstMetadata, name: "ERF type 27", value: "\(metadata) records"))
    }
    if lost > 0 {
      notes.add(CaptureNote(.packetsDropped, offset: lastLossOffset, packet: lastLossPacket, value: "\(lost)"))
    }
    return nil
  }
}

extension ERFRecord {
  /// LINKTYPE_ERF: packets that begin with a record's header.
  static let linkType = LinkType(rawValue: 197)
}
