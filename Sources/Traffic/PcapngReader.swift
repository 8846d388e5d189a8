import Records

/// Reads pcapng (draft-ietf-opsawg-pcapng): any number of sections in either byte order, interfaces with their own link
/// type, snapshot length, time resolution and offset; Enhanced, Simple and obsolete Packet Blocks. What other blocks and
/// the options say becomes notes.
struct PcapngReader: SourceReader {
  struct Interface {
    var linkType: LinkType
    var snapshotLength: Int
    var frameCheckLength = 0
    var clock = PcapngClock()
    /// Its number among those of all sections.
    var number: UInt32 = 0
    var name: String?, description: String?
  }

  enum BlockType {
    static let section: UInt32 = 0x0a0d_0d0a
    static let interface: UInt32 = 1
    static let obsoletePacket: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let names: UInt32 = 4
    static let statistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
    static let journal: UInt32 = 9
    static let secrets: UInt32 = 10
    /// Custom blocks, which may or may not be copied.
    static let custom: Set<UInt32> = [0x0bad, 0x4000_0bad]

    static func isKnown(_ type: UInt32) -> Bool {
      (1...6).contains(type) || type == section || type == journal || type == secrets || custom.contains(type)
    }
  }

  private(set) var isSwapped = false
  private var section: [Interface] = []
  private var described = InterfaceTable()
  var interfaces: [CaptureInterface] { described.interfaces }
  /// Offset of a block whose first length is believed although its last differs.
  private var believed: Int?
  private var isSearching = false
  /// Whether zeros are being passed over, which no block begins with.
  private var isBlank = false
  /// Stream offset where the damage being searched over began, and what was wrong there.
  private var damageStart = 0
  private var damageReason = ""
  private var damageCode = Problem.Code.damagedCapture
  private(set) var packetCount = 0
  /// Packets the recorder says were lost, and the packet before which the last of them were.
  var dropped = 0, droppedPacket = 0, droppedOffset = 0
  /// Packets without a time, and number and offset of the first of them.
  private var untimed = 0
  private var firstUntimed = (packet: 0, offset: 0)
  var isAtEnd = false
  var notes = CaptureNotes()
  private var lastTime = CaptureTime(nanoseconds: 0)
  private(set) var bytesRead = 0, bytesLost = 0
  /// Packets whose time lies outside of what can be counted.
  private(set) var clampedTimes = 0
  private(set) var linkTypes: [LinkType] = []

  /// Reads the block at `position` of the buffer and moves `position` behind it. See `SourceReader`.
  mutating func next(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    if isBlank { return passBlank(bytes, &position) }
    if isSearching { return search(bytes, &position, base: base) }
    let available = min(bytes.byteCount - position, 12)
    guard available == 12 || isAtEnd && available > 0 else { return .needsMore }
    if bytes.isBlank(position..<position + available) {
      let offset = base + position
      _ = beginSearch(&position, base: base, "the bytes from byte \(offset) on are zeros and hold no packets")
      damageCode = .zeroFilled
      isBlank = true
      return .skipped
    }
    guard available == 12 else { return .needsMore }
    if bytes.uint32(position) == BlockType.section {
      guard readByteOrder(bytes, position) else {
        return beginSearch(
          &position, base: base, "the section header at byte \(base + position) has no byte-order magic")
      }
    }
    let length = Int(bytes.uint32(position + 4, swapped: isSwapped))
    guard length >= 12, length % 4 == 0, length <= CaptureLimits.blockBytes else {
      return beginSearch(&position, base: base, "the block at byte \(base + position) says it is \(length) bytes long")
    }
    guard bytes.byteCount >= position + length else { return .needsMore }
    if Int(bytes.uint32(position + length - 4, swapped: isSwapped)) != length, believed != base + position {
      return decide(bytes, &position, base: base, length: length)
    }
    let block = position
    position += length
    let step = read(bytes.extracting(block..<block + length), at: block, base: base)
    if case .damage = step {} else { bytesRead += length }
    return step
  }

  /// A block's two lengths differ. The first is believed where it leads to another block, or to the capture's end.
  private mutating func decide(_ bytes: RawSpan, _ position: inout Int, base: Int, length: Int) -> CaptureStep {
    let end = position + length
    let what = "the block at byte \(base + position) states two different lengths at its two ends"
    let found = bytes.byteCount >= end + 12 ? plausibility(bytes, end) : .needsMore
    if found == .needsMore, !isAtEnd { return .needsMore }
    guard found == .holds || isAtEnd && end == bytes.byteCount else { return beginSearch(&position, base: base, what) }
    believed = base + position
    return .damage(
      Problem(
        .damagedCapture, offset: base + position,
        message: "\(what); the first leads to where the next block begins and was believed"))
  }

  private mutating func readByteOrder(_ bytes: RawSpan, _ position: Int) -> Bool {
    for swapped in [false, true] where bytes.uint32(position + 8, swapped: swapped) == 0x1a2b_3c4d {
      isSwapped = swapped
      return true
    }
    return false
  }

  private mutating func read(_ block: RawSpan, at start: Int, base: Int) -> CaptureStep {
    switch block.uint32(0, swapped: isSwapped) {
    case BlockType.section:
      section.removeAll()
      noteSection(block, offset: base + start)
      return .skipped
    case BlockType.interface:
      return readInterface(block, offset: base + start)
    case BlockType.enhancedPacket where block.byteCount >= 32:
      return packet(
        block, at: start, base: base, interface: Int(block.uint32(8, swapped: isSwapped)), dataOffset: 28,
        ticks: ticks(block, 12), captured: Int(block.uint32(20, swapped: isSwapped)),
        original: Int(block.uint32(24, swapped: isSwapped)))
    case BlockType.obsoletePacket where block.byteCount >= 32:
      // All ones where the recorder did not know.
      if case let drops = block.uint16(10, swapped: isSwapped), drops < .max {
        noteDrops(UInt64(drops), packet: packetCount + 1, offset: base + start)
      }
      return packet(
        block, at: start, base: base, interface: Int(block.uint16(8, swapped: isSwapped)), dataOffset: 28,
        ticks: ticks(block, 12), captured: Int(block.uint32(20, swapped: isSwapped)),
        original: Int(block.uint32(24, swapped: isSwapped)))
    case BlockType.simplePacket where block.byteCount >= 16:
      let original = Int(block.uint32(8, swapped: isSwapped))
      let snapshot = section.first?.snapshotLength ?? 0
      let captured = min(original, block.byteCount - 16, snapshot == 0 ? original : snapshot)
      return packet(
        block, at: start, base: base, interface: 0, dataOffset: 12, ticks: nil, captured: captured, original: original)
    case BlockType.enhancedPacket, BlockType.obsoletePacket, BlockType.simplePacket:
      return .damage(lost(block, base + start, "is too short for a packet block"))
    default:
      noteOther(block, offset: base + start)
      return .skipped
    }
  }

  private func ticks(_ block: RawSpan, _ offset: Int) -> UInt64 {
    UInt64(block.uint32(offset, swapped: isSwapped)) << 32 | UInt64(block.uint32(offset + 4, swapped: isSwapped))
  }

  private mutating func readInterface(_ block: RawSpan, offset: Int) -> CaptureStep {
    guard block.byteCount >= 20 else {
      return .damage(lost(block, offset, "is too short for an interface description"))
    }
    guard section.count < CaptureLimits.interfaces else {
      return .damage(lost(block, offset, "describes one interface more than the \(CaptureLimits.interfaces) allowed"))
    }
    var interface = Interface(
      linkType: LinkType(rawValue: UInt32(block.uint16(8, swapped: isSwapped))),
      snapshotLength: Int(block.uint32(12, swapped: isSwapped)))
    let length = Int(block.uint32(12, swapped: isSwapped))
    notes.add(
      CaptureNote(
        .interfaceLinkType, offset: offset, name: "\(section.count)", value: interface.linkType.description))
    if length > 0 {
      notes.add(
        CaptureNote(.interfaceSnapshotLength, offset: offset, name: "\(section.count)", value: "\(length)"))
    }
    readInterfaceOptions(block, &interface, name: "\(section.count)", offset: offset)
    var description = CaptureInterface(linkType: interface.linkType)
    description.snapshotLength = length
    (description.name, description.description) = (interface.name, interface.description)
    interface.number = described.number(of: description)
    section.append(interface)
    if !linkTypes.contains(interface.linkType) { linkTypes.append(interface.linkType) }
    return .skipped
  }

  private mutating func packet(
    _ block: RawSpan, at start: Int, base: Int, interface index: Int, dataOffset: Int, ticks: UInt64?, captured: Int,
    original: Int
  ) -> CaptureStep {
    guard index < section.count else {
      return .damage(lost(block, base + start, "names interface \(index), which no block before it describes"))
    }
    guard captured <= block.byteCount - dataOffset - 4 else {
      return .damage(lost(block, base + start, "says it holds \(captured) bytes, more than fit in it"))
    }
    // A Simple Packet Block has no time; the packet is taken to follow the one before it.
    if let ticks {
      let (time, isClamped) = section[index].clock.time(ticks)
      lastTime = time
      if isClamped { clampedTimes += 1 }
    } else {
      if untimed == 0 { firstUntimed = (packetCount + 1, base + start) }
      untimed += 1
    }
    packetCount += 1
    var frameCheck = section[index].frameCheckLength
    let options = dataOffset + (captured + 3) & ~3
    if ticks != nil, options + 8 <= block.byteCount {
      readPacketOptions(block, from: options, offset: base + start, frameCheck: &frameCheck)
    }
    let length = max(original, captured) - min(frameCheck, captured)
    var packet = CapturedPacket(
      time: lastTime, linkType: section[index].linkType, interface: section[index].number, start: start + dataOffset,
      capturedLength: min(captured, length), originalLength: length, streamOffset: base + start)
    if ticks == nil { packet.doubts.insert(.noTime) }
    if original < captured { packet.doubts.insert(.wireLength) }
    return .packet(packet)
  }

  private mutating func lost(_ block: RawSpan, _ offset: Int, _ what: String) -> Problem {
    bytesLost += block.byteCount
    return Problem(
      .damagedCapture, offset: offset, bytesLost: block.byteCount,
      message: "the block at byte \(offset) \(what); it was skipped, and the blocks around it were read")
  }

  // MARK: After damage

  private mutating func beginSearch(_ position: inout Int, base: Int, _ what: String) -> CaptureStep {
    damageStart = base + position
    damageReason = what
    damageCode = .damagedCapture
    isSearching = true
    position += 1
    return .skipped
  }

  /// Passes over zeros. A block that follows may begin with three of them.
  private mutating func passBlank(_ bytes: RawSpan, _ position: inout Int) -> CaptureStep {
    guard let end = bytes.firstNonZero(from: position) else {
      position = isAtEnd ? bytes.byteCount : max(position, bytes.byteCount - 3)
      return .needsMore
    }
    position = max(position, end - 3)
    isBlank = false
    return .skipped
  }

  /// Looks for a block of a known type whose two lengths agree, at every offset: bytes may have been lost or added.
  ///
  /// A candidate whose end has not arrived yet is looked at again with the next chunk, unless one behind it holds.
  private mutating func search(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    var candidate = position
    var unverified: Int?
    while candidate + 12 <= bytes.byteCount {
      switch plausibility(bytes, candidate) {
      case .holds:
        position = candidate
        return resume(at: candidate, base: base)
      case .needsMore: unverified = unverified ?? candidate
      case .no: break
      }
      candidate += 1
    }
    position = unverified ?? candidate
    return .needsMore
  }

  private enum Plausibility { case holds, needsMore, no }

  private mutating func plausibility(_ bytes: RawSpan, _ position: Int) -> Plausibility {
    if bytes.uint32(position) == BlockType.section { return readByteOrder(bytes, position) ? .holds : .no }
    let length = Int(bytes.uint32(position + 4, swapped: isSwapped))
    guard BlockType.isKnown(bytes.uint32(position, swapped: isSwapped)), length >= 16, length % 4 == 0,
      length <= CaptureLimits.packetBytes + 64
    else { return .no }
    guard position + length <= bytes.byteCount else { return .needsMore }
    return Int(bytes.uint32(position + length - 4, swapped: isSwapped)) == length ? .holds : .no
  }

  private mutating func resume(at position: Int, base: Int) -> CaptureStep {
    let lost = base + position - damageStart
    bytesLost += lost
    isSearching = false
    return .damage(
      Problem(
        damageCode, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); \(lost) bytes were skipped to byte \(base + position), where blocks make sense again; the \(packetCount) packets before were kept"
      ))
  }

  /// What is left in the buffer when the stream has ended; `nil` when nothing is.
  mutating func finish(leftover: Int, streamLength: Int) -> Problem? {
    if dropped > 0 {
      notes.add(CaptureNote(.packetsDropped, offset: droppedOffset, packet: droppedPacket, value: "\(dropped)"))
    }
    if untimed > 0 {
      notes.add(
        CaptureNote(
          .packetsWithoutTime, offset: firstUntimed.offset, packet: firstUntimed.packet, value: "\(untimed)"))
    }
    if isSearching {
      let lost = streamLength - damageStart
      bytesLost += lost
      if isBlank { return Problem.zeros(from: damageStart, count: lost, packets: packetCount) }
      return Problem(
        damageCode, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); no plausible block follows, so the last \(lost) bytes were not read; the \(packetCount) packets before were kept"
      )
    }
    guard leftover > 0 else { return nil }
    bytesLost += leftover
    return Problem(
      .truncatedCapture, offset: streamLength - leftover, bytesLost: leftover,
      message:
        "the capture breaks off inside the block at byte \(streamLength - leftover): \(leftover) bytes of it are there; the \(packetCount) packets before were kept"
    )
  }
}
