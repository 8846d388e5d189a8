import Records

/// Reads pcapng (draft-ietf-opsawg-pcapng): any number of sections in either byte order, interfaces with their own link
/// type, snapshot length, time resolution and offset; Enhanced, Simple and obsolete Packet Blocks. Other blocks are
/// passed over.
struct PcapngReader {
  private struct Interface {
    var linkType: LinkType
    var snapshotLength: Int
    var clock = PcapngClock()
  }

  private enum BlockType {
    static let section: UInt32 = 0x0a0d_0d0a
    static let interface: UInt32 = 1
    static let obsoletePacket: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let enhancedPacket: UInt32 = 6
  }

  private var isSwapped = false
  private var interfaces: [Interface] = []
  private var isSearching = false
  /// Stream offset where the damage being searched over began, and what was wrong there.
  private var damageStart = 0
  private var damageReason = ""
  private var packetCount = 0
  private var lastTime = CaptureTime(nanoseconds: 0)
  private(set) var bytesLost = 0
  /// Packets whose time lies outside of what can be counted.
  private(set) var clampedTimes = 0
  private(set) var linkTypes: [LinkType] = []

  /// Reads the block at `position` of the buffer and moves `position` behind it. See `PcapReader.next`.
  mutating func next(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    if isSearching { return search(bytes, &position, base: base) }
    guard bytes.byteCount >= position + 12 else { return .needsMore }
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
    guard Int(bytes.uint32(position + length - 4, swapped: isSwapped)) == length else {
      return beginSearch(
        &position, base: base, "the block at byte \(base + position) states two different lengths at its two ends")
    }
    let block = position
    position += length
    return read(bytes.extracting(block..<block + length), at: block, base: base)
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
      interfaces.removeAll()
      return .skipped
    case BlockType.interface:
      return readInterface(block, offset: base + start)
    case BlockType.enhancedPacket where block.byteCount >= 32:
      return packet(
        block, at: start, base: base, interface: Int(block.uint32(8, swapped: isSwapped)), dataOffset: 28,
        ticks: ticks(block, 12), captured: Int(block.uint32(20, swapped: isSwapped)),
        original: Int(block.uint32(24, swapped: isSwapped)))
    case BlockType.obsoletePacket where block.byteCount >= 32:
      return packet(
        block, at: start, base: base, interface: Int(block.uint16(8, swapped: isSwapped)), dataOffset: 28,
        ticks: ticks(block, 12), captured: Int(block.uint32(20, swapped: isSwapped)),
        original: Int(block.uint32(24, swapped: isSwapped)))
    case BlockType.simplePacket where block.byteCount >= 16:
      let original = Int(block.uint32(8, swapped: isSwapped))
      let snapshot = interfaces.first?.snapshotLength ?? 0
      let captured = min(original, block.byteCount - 16, snapshot == 0 ? original : snapshot)
      return packet(
        block, at: start, base: base, interface: 0, dataOffset: 12, ticks: nil, captured: captured, original: original)
    case BlockType.enhancedPacket, BlockType.obsoletePacket, BlockType.simplePacket:
      return .damage(lost(block, base + start, "is too short for a packet block"))
    default:
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
    guard interfaces.count < CaptureLimits.interfaces else {
      return .damage(lost(block, offset, "describes one interface more than the \(CaptureLimits.interfaces) allowed"))
    }
    var interface = Interface(
      linkType: LinkType(rawValue: UInt32(block.uint16(8, swapped: isSwapped))),
      snapshotLength: Int(block.uint32(12, swapped: isSwapped)))
    forEachOption(block, from: 16) { code, range in
      if code == 9, range.count >= 1 { interface.clock.setResolution(block.uint8(range.lowerBound)) }
      if code == 14, range.count >= 8 {
        let first = UInt64(block.uint32(range.lowerBound, swapped: isSwapped))
        let second = UInt64(block.uint32(range.lowerBound + 4, swapped: isSwapped))
        // A 64-bit integer in the section's byte order.
        let isLittleEndian = isSwapped == (1.bigEndian == 1)
        interface.clock.offsetSeconds = Int64(bitPattern: isLittleEndian ? second << 32 | first : first << 32 | second)
      }
    }
    interfaces.append(interface)
    if !linkTypes.contains(interface.linkType) { linkTypes.append(interface.linkType) }
    return .skipped
  }

  /// Calls `body` with each option's code and the range of its value in `block`.
  private func forEachOption(_ block: RawSpan, from start: Int, _ body: (UInt16, Range<Int>) -> Void) {
    var offset = start
    let end = block.byteCount - 4
    while offset + 4 <= end {
      let code = block.uint16(offset, swapped: isSwapped)
      let length = Int(block.uint16(offset + 2, swapped: isSwapped))
      guard code != 0, offset + 4 + length <= end else { return }
      body(code, offset + 4..<offset + 4 + length)
      offset += 4 + (length + 3) & ~3
    }
  }

  private mutating func packet(
    _ block: RawSpan, at start: Int, base: Int, interface index: Int, dataOffset: Int, ticks: UInt64?, captured: Int,
    original: Int
  ) -> CaptureStep {
    guard index < interfaces.count else {
      return .damage(lost(block, base + start, "names interface \(index), which no block before it describes"))
    }
    guard captured <= block.byteCount - dataOffset - 4 else {
      return .damage(lost(block, base + start, "says it holds \(captured) bytes, more than fit in it"))
    }
    // A Simple Packet Block has no time; the packet is taken to follow the one before it.
    if let ticks {
      let (time, isClamped) = interfaces[index].clock.time(ticks)
      lastTime = time
      if isClamped { clampedTimes += 1 }
    }
    packetCount += 1
    return .packet(
      CapturedPacket(
        time: lastTime, linkType: interfaces[index].linkType, start: start + dataOffset, capturedLength: captured,
        originalLength: max(original, captured), streamOffset: base + start))
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
    isSearching = true
    position += 4
    return .skipped
  }

  /// Looks for a block of a known type whose two lengths agree. Blocks begin at multiples of four.
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
      candidate += 4
    }
    position = unverified ?? candidate
    return .needsMore
  }

  private enum Plausibility { case holds, needsMore, no }

  private mutating func plausibility(_ bytes: RawSpan, _ position: Int) -> Plausibility {
    if bytes.uint32(position) == BlockType.section { return readByteOrder(bytes, position) ? .holds : .no }
    let length = Int(bytes.uint32(position + 4, swapped: isSwapped))
    guard (1...6).contains(bytes.uint32(position, swapped: isSwapped)), length >= 16, length % 4 == 0,
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
        .damagedCapture, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); \(lost) bytes were skipped to byte \(base + position), where blocks make sense again; the \(packetCount) packets before were kept"
      ))
  }

  /// What is left in the buffer when the stream has ended; `nil` when nothing is.
  mutating func finish(leftover: Int, streamLength: Int) -> Problem? {
    if isSearching {
      let lost = streamLength - damageStart
      bytesLost += lost
      return Problem(
        .damagedCapture, offset: damageStart, bytesLost: lost,
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
