import Records

/// AIX iptrace 1.0 and 2.0. Packets are kept whole or not at all, so that both lengths are one.
struct IptraceFormat: RecordFormat {
  private var isVersion1 = false
  /// Length and seconds, and what describes the packet.
  var recordHeaderLength: Int { isVersion1 ? 30 : 40 }

  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader {
    guard bytes.byteCount >= 11 else { return .needsMore }
    isVersion1 = bytes.uint8(8) == UInt8(ascii: "1")
    return .read(11)
  }

  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader {
    var header = RecordHeader()
    header.length = 8 + Int(bytes.uint32(position))
    header.dataOffset = recordHeaderLength
    let interface = bytes.uint8(position + 28)
    header.linkType = Self.linkType(interface)
    // AIX puts three bytes before FDDI frames.
    if header.linkType.rawValue == 10 { header.dataOffset += 3 }
    header.captured = max(0, header.length - header.dataOffset)
    header.original = header.captured
    header.setTime(
      seconds: Int64(bytes.uint32(position + (isVersion1 ? 4 : 32))),
      fraction: isVersion1 ? 0 : Int64(bytes.uint32(position + 36)), unit: 1)
    return header
  }

  /// Interface types of RFC 1573, those whose frames are known.
  private static func linkType(_ interface: UInt8) -> LinkType {
    switch interface {
    case 6: .ethernet
    case 9: LinkType(rawValue: 6)
    case 15: LinkType(rawValue: 10)
    case 24: LinkType(rawValue: 101)
    default: LinkType(rawValue: LinkType.firstForeign | UInt32(interface))
    }
  }
}
