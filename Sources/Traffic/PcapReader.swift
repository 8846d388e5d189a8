import Records

/// Reads classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, and Kuznetsov's variant
/// whose record headers are eight bytes longer.
struct PcapReader {
  private enum State { case start, records, searching, ended }

  private var state = State.start
  private var isSwapped = false
  private var nanosecondsPerFraction: Int64 = 1000
  private var recordHeaderLength = 16
  private var packetLimit = CaptureLimits.packetBytes
  private(set) var linkType = LinkType.ethernet
  /// Files before version 2.3 hold the two lengths of a record the other way round; in 2.3 both ways occur.
  private var lengthsAreSwapped = false, lengthsMayBeSwapped = false
  private var lastSeconds: Int64?
  /// Stream offset where the damage being searched over began, and what was wrong there.
  private var damageStart = 0
  private var damageReason = ""
  private var packetCount = 0
  /// No more bytes will come: a record may now end where the buffer ends.
  var isAtEnd = false
  private(set) var bytesLost = 0

  /// Reads the record at `position` of the buffer and moves `position` behind it.
  ///
  /// - Parameters:
  ///   - bytes: the reader's buffer.
  ///   - base: offset in the capture of the buffer's first byte.
  mutating func next(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    switch state {
    case .start: return readFileHeader(bytes, &position)
    case .records: return readRecord(bytes, &position, base: base)
    case .searching: return search(bytes, &position, base: base)
    case .ended: return .needsMore
    }
  }

  private mutating func readFileHeader(_ bytes: RawSpan, _ position: inout Int) -> CaptureStep {
    guard bytes.byteCount >= position + 24 else { return .needsMore }
    let magic = bytes.uint32(position)
    switch magic {
    case 0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34: isSwapped = true
    default: isSwapped = false
    }
    // `swapped` is relative to this machine; the magic read as big-endian tells the file's order.
    if 1.bigEndian == 1 { isSwapped.toggle() }
    let canonical = bytes.uint32(position, swapped: isSwapped)
    nanosecondsPerFraction = canonical == 0xa1b2_3c4d ? 1 : 1000
    recordHeaderLength = canonical == 0xa1b2_cd34 ? 24 : 16
    let snapshotLength = Int(bytes.uint32(position + 16, swapped: isSwapped))
    packetLimit = max(CaptureLimits.packetBytes, min(snapshotLength, CaptureLimits.blockBytes))
    // The upper bits tell the length of a frame check sequence, not the link type.
    linkType = LinkType(rawValue: bytes.uint32(position + 20, swapped: isSwapped) & 0x03ff_ffff)
    let major = bytes.uint16(position + 4, swapped: isSwapped)
    let minor = bytes.uint16(position + 6, swapped: isSwapped)
    lengthsAreSwapped = major == 2 && minor < 3 || major == 543
    lengthsMayBeSwapped = major == 2 && minor == 3
    position += 24
    state = .records
    return .skipped
  }

  private struct Header {
    var seconds: Int64
    var fraction: Int64
    var captured: Int
    var original: Int
  }

  private func header(_ bytes: RawSpan, _ position: Int) -> Header {
    var header = Header(
      seconds: Int64(bytes.uint32(position, swapped: isSwapped)),
      fraction: Int64(bytes.uint32(position + 4, swapped: isSwapped)),
      captured: Int(bytes.uint32(position + 8, swapped: isSwapped)),
      original: Int(bytes.uint32(position + 12, swapped: isSwapped)))
    if lengthsAreSwapped || lengthsMayBeSwapped && header.captured > header.original {
      swap(&header.captured, &header.original)
    }
    return header
  }

  private mutating func readRecord(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    guard bytes.byteCount >= position + recordHeaderLength else { return .needsMore }
    let header = header(bytes, position)
    guard header.captured <= packetLimit else {
      damageStart = base + position
      damageReason =
        "the packet record at byte \(damageStart) says it holds \(header.captured) bytes, more than any packet (\(packetLimit))"
      state = .searching
      position += 1
      return .skipped
    }
    guard bytes.byteCount >= position + recordHeaderLength + header.captured else { return .needsMore }
    let packet = CapturedPacket(
      time: time(header), linkType: linkType, start: position + recordHeaderLength, capturedLength: header.captured,
      originalLength: max(header.original, header.captured), streamOffset: base + position)
    lastSeconds = header.seconds
    packetCount += 1
    position += recordHeaderLength + header.captured
    return .packet(packet)
  }

  private func time(_ header: Header) -> CaptureTime {
    CaptureTime(nanoseconds: header.seconds * 1_000_000_000 + header.fraction * nanosecondsPerFraction)
  }

  // MARK: After damage

  /// Looks for two plausible record headers in a row, or one whose packet ends with the capture.
  ///
  /// A candidate whose successor has not arrived yet is looked at again with the next chunk, unless one behind it holds.
  private mutating func search(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    var candidate = position
    var unverified: Int?
    while candidate + recordHeaderLength <= bytes.byteCount {
      let first = header(bytes, candidate)
      if isPlausible(first) {
        let second = candidate + recordHeaderLength + first.captured
        if isAtEnd ? second == bytes.byteCount : second + recordHeaderLength > bytes.byteCount {
          if isAtEnd { position = candidate; return resume(at: candidate, base: base) }
          unverified = unverified ?? candidate
        } else if second + recordHeaderLength <= bytes.byteCount, isPlausible(header(bytes, second)) {
          position = candidate
          return resume(at: candidate, base: base)
        }
      }
      candidate += 1
    }
    position = unverified ?? candidate
    return .needsMore
  }

  private mutating func resume(at position: Int, base: Int) -> CaptureStep {
    let lost = base + position - damageStart
    bytesLost += lost
    state = .records
    return .damage(
      Problem(
        .damagedCapture, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); \(lost) bytes were skipped to byte \(base + position), where records make sense again; the \(packetCount) packets before were kept"
      ))
  }

  /// Whether a header could begin a real record: lengths in bounds, a fraction below one second, and a time within a
  /// day of the last good packet.
  private func isPlausible(_ header: Header) -> Bool {
    guard header.captured > 0, header.captured <= min(packetLimit, 65_535 + 64), header.original >= header.captured,
      header.original <= 1 << 20, header.fraction * nanosecondsPerFraction < 1_000_000_000
    else { return false }
    guard let last = lastSeconds else { return true }
    return abs(header.seconds - last) <= 86_400
  }

  /// What is left in the buffer when the stream has ended; `nil` when nothing is.
  mutating func finish(leftover: Int, streamLength: Int) -> Problem? {
    defer { state = .ended }
    switch state {
    case .start:
      bytesLost += leftover
      return Problem(
        .truncatedCapture, offset: 0, bytesLost: leftover,
        message: "the capture ends inside its 24-byte file header after \(streamLength) bytes; it holds no packets")
    case .searching:
      let lost = streamLength - damageStart
      bytesLost += lost
      return Problem(
        .damagedCapture, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); no plausible record follows, so the last \(lost) bytes were not read; the \(packetCount) packets before were kept"
      )
    case .records where leftover > 0:
      bytesLost += leftover
      return Problem(
        .truncatedCapture, offset: streamLength - leftover, bytesLost: leftover,
        message:
          "the capture breaks off inside the packet record at byte \(streamLength - leftover): \(leftover) bytes of it are there; the \(packetCount) packets before were kept"
      )
    default: return nil
    }
  }
}
