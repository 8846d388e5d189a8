import Records

/// Classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, versions before 2.4 with their
/// lengths the other way round, AIX, IXIA, and the variants that `PcapVariant` tells apart.
struct PcapFormat: RecordFormat {
  private enum Magic {
    static let microseconds: UInt32 = 0xa1b2_c3d4
    static let nanoseconds: UInt32 = 0xa1b2_3c4d
    static let modified: UInt32 = 0xa1b2_cd34
    static let ixiaHardware: UInt32 = 0x1c00_01ac
    static let ixiaSoftware: UInt32 = 0x1c00_01ab
  }

  private var isSwapped = false
  private var nanosecondsPerFraction: Int64 = 1000
  private var packetType = LinkType.ethernet
  private var frameCheckLength = 0
  /// Files before version 2.3 hold the two lengths of a record the other way round; in 2.3 both ways occur.
  private var lengthsAreSwapped = false, lengthsMayBeSwapped = false
  /// AIX puts three bytes before FDDI frames.
  private var padding = 0
  private(set) var recordHeaderLength = 16
  private(set) var packetLimit = CaptureLimits.packetBytes
  private(set) var snapshotLength = Int.max
  var linkType: LinkType? { packetType }

  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader {
    guard bytes.byteCount >= 28 || isAtEnd && bytes.byteCount >= 24 else { return .needsMore }
    let known = [
      Magic.microseconds, Magic.nanoseconds, Magic.modified, Magic.ixiaHardware, Magic.ixiaSoftware,
    ]
    isSwapped = !known.contains(bytes.uint32(0, swapped: false))
    let magic = bytes.uint32(0, swapped: isSwapped)
    // IXIA's header ends with the size of all records.
    let length = [Magic.ixiaHardware, Magic.ixiaSoftware].contains(magic) ? 28 : 24
    guard bytes.byteCount >= length else { return .needsMore }
    nanosecondsPerFraction = [Magic.nanoseconds, Magic.ixiaHardware].contains(magic) ? 1 : 1000
    let stated = Int(bytes.uint32(16, swapped: isSwapped))
    packetLimit = max(CaptureLimits.packetBytes, min(stated, CaptureLimits.blockBytes))
    snapshotLength = stated == 0 ? .max : stated
    readLinkType(bytes.uint32(20, swapped: isSwapped))
    let major = bytes.uint16(4, swapped: isSwapped)
    let minor = bytes.uint16(6, swapped: isSwapped)
    lengthsAreSwapped = major == 2 && minor < 3 || major == 543
    lengthsMayBeSwapped = major == 2 && minor == 3
    if magic == Magic.microseconds, major == 2, minor == 2, readAIX() { return .read(length) }
    return chooseVariant(bytes, magic: magic, isCurrent: major == 2 && minor >= 4, length: length, isAtEnd: isAtEnd)
  }

  /// The upper bits tell the length of a frame check sequence in units of two bytes, and whether they do.
  private mutating func readLinkType(_ field: UInt32) {
    packetType = LinkType(rawValue: field & 0xffff)
    if field & 0x0400_0000 != 0 { frameCheckLength = Int(field >> 28) * 2 }
  }

  /// AIX writes version 2.2, nanoseconds, and interface types (RFC 1573) in place of link types.
  private mutating func readAIX() -> Bool {
    let linkTypes: [UInt32: UInt32] = [6: 1, 9: 6, 15: 10, 24: 0]
    guard let linkType = linkTypes[packetType.rawValue] else { return false }
    packetType = LinkType(rawValue: linkType)
    nanosecondsPerFraction = 1
    if linkType == 10 { padding = 3 }
    return true
  }

  private mutating func chooseVariant(
    _ bytes: RawSpan, magic: UInt32, isCurrent: Bool, length: Int, isAtEnd: Bool
  ) -> FileHeader {
    let variants: [PcapVariant] =
      switch magic {
      case Magic.microseconds where isCurrent: [.standard, .modified, .nokia]
      case Magic.modified: [.modified, .modifiedLong]
      default: [.standard]
      }
    guard variants.count > 1 else { return .read(length) }
    let wanted = length + PcapVariant.bytesTried
    guard bytes.byteCount >= wanted || isAtEnd else { return .needsMore }
    let tried = bytes.extracting(0..<min(wanted, bytes.byteCount))
    recordHeaderLength =
      PcapVariant.choose(
        from: variants, tried, from: length, swapped: isSwapped, snapshotLength: snapshotLength,
        isWhole: bytes.byteCount < wanted
      ).headerLength
    return .read(length)
  }

  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader {
    var header = RecordHeader()
    header.captured = Int(bytes.uint32(position + 8, swapped: isSwapped))
    header.original = Int(bytes.uint32(position + 12, swapped: isSwapped))
    if lengthsAreSwapped || lengthsMayBeSwapped && header.captured > header.original {
      swap(&header.captured, &header.original)
    }
    header.length = recordHeaderLength + header.captured
    header.dataOffset = recordHeaderLength
    if padding > 0, header.captured >= padding {
      header.dataOffset += padding
      header.captured -= padding
      header.original -= min(padding, header.original)
    }
    header.setTime(
      seconds: Int64(bytes.uint32(position, swapped: isSwapped)),
      fraction: Int64(bytes.uint32(position + 4, swapped: isSwapped)), unit: nanosecondsPerFraction)
    header.linkType = packetType
    header.frameCheckLength = frameCheckLength
    return header
  }
}
