import Records

/// Reads captures that are records one behind the other, and goes on behind damage where records make sense again.
struct RecordReader<Format: RecordFormat>: SourceReader {
  private enum State { case start, records, searching, ended }

  private var format = Format()
  private var state = State.start
  private var lastTime: CaptureTime?
  private var lastLinkType: LinkType?
  /// Stream offset where the damage being searched over began, and what was wrong there.
  private var damageStart = 0
  private var damageReason = ""
  private var packetCount = 0
  var isAtEnd = false
  private(set) var bytesRead = 0, bytesLost = 0
  private(set) var clampedTimes = 0
  private(set) var linkTypes: [LinkType] = []
  var notes = CaptureNotes()

  private static var day: UInt64 { 86_400 * 1_000_000_000 }

  mutating func next(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    switch state {
    case .records: return readRecord(bytes, &position, base: base)
    case .start: return readFileHeader(bytes, &position)
    case .searching: return search(bytes, &position, base: base)
    case .ended:
      position = bytes.byteCount
      return .needsMore
    }
  }

  private mutating func readFileHeader(_ bytes: RawSpan, _ position: inout Int) -> CaptureStep {
    switch format.readFileHeader(bytes, isAtEnd: isAtEnd) {
    case .needsMore: return .needsMore
    case .refused(let reason):
      beginSearch(at: 0, reason: "the capture \(reason)")
      state = .ended
      return .needsMore
    case .read(let length):
      position += length
      bytesRead += length
      state = .records
      if let linkType = format.linkType { note(linkType) }
      return .skipped
    }
  }

  private mutating func note(_ linkType: LinkType) {
    lastLinkType = linkType
    if !linkTypes.contains(linkType) { linkTypes.append(linkType) }
  }

  private mutating func readRecord(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    let start = position
    switch format.region(at: base + start) {
    case .records: break
    case .tables(let end): return passOver(bytes, &position, base: base, until: end, isTable: true)
    case .leftovers(let end): return passOver(bytes, &position, base: base, until: end, isTable: false)
    }
    guard bytes.byteCount >= start + format.recordHeaderLength else { return .needsMore }
    var header = format.header(bytes, start)
    guard header.length >= format.recordHeaderLength, header.captured <= format.packetLimit else {
      let what =
        header.captured > format.packetLimit
        ? "says it holds \(header.captured) bytes, more than any packet (\(format.packetLimit))"
        : "states lengths that contradict each other"
      beginSearch(at: base + start, reason: "the packet record at byte \(base + start) \(what)")
      position += 1
      return .skipped
    }
    let end = start + header.length
    if isOdd(header) {
      if !isAtEnd, bytes.byteCount < end + format.recordHeaderLength { return .needsMore }
      if !isFollowed(bytes, end, base: base) {
        beginSearch(
          at: base + start,
          reason: "the packet record at byte \(base + start) makes no sense and no record follows behind its end")
        position += 1
        return .skipped
      }
    }
    guard bytes.byteCount >= end else { return .needsMore }
    let record = bytes.extracting(start..<end)
    format.complete(&header, record)
    position = end
    bytesRead += header.length
    if header.isPacket { packetCount += 1 }
    format.accept(header, record, offset: base + start, packet: packetCount)
    guard header.isPacket else { return .skipped }
    if header.isTimeClamped { clampedTimes += 1 }
    if header.linkType != lastLinkType { note(header.linkType) }
    lastTime = header.time
    let original = max(header.original, header.captured) - min(header.frameCheckLength, header.captured)
    return .packet(
      CapturedPacket(
        time: header.time, linkType: header.linkType, start: start + header.dataOffset,
        capturedLength: min(header.captured, original), originalLength: original, streamOffset: base + start))
  }

  private mutating func passOver(
    _ bytes: RawSpan, _ position: inout Int, base: Int, until end: Int, isTable: Bool
  ) -> CaptureStep {
    let count = min(bytes.byteCount - position, max(0, end - base - position))
    guard count > 0 else { return .needsMore }
    let part = bytes.extracting(position..<position + count)
    let offset = base + position
    position += count
    if isTable {
      bytesRead += count
      format.readTable(part, offset: offset)
      return .skipped
    }
    bytesLost += count
    return .damage(
      Problem(
        .damagedCapture, offset: offset, bytesLost: count,
        message:
          "\(count) bytes from byte \(offset) lie outside of the part that the capture's header says holds packets; they were not read"
      ))
  }

  /// Whether a header is not what a program writes, so that a look at the record behind it has to confirm it.
  private func isOdd(_ header: RecordHeader) -> Bool {
    !header.isSound || header.original < header.captured || header.captured > format.snapshotLength
      || isFar(header.time)
  }

  private func isFar(_ time: CaptureTime) -> Bool {
    guard let lastTime else { return false }
    return (time.nanoseconds &- lastTime.nanoseconds).magnitude > Self.day
  }

  /// Whether a record, a table or the capture's end stands where a record ends.
  private func isFollowed(_ bytes: RawSpan, _ end: Int, base: Int) -> Bool {
    guard case .records = format.region(at: base + end) else { return true }
    guard bytes.byteCount >= end + format.recordHeaderLength else { return isAtEnd && bytes.byteCount >= end }
    let next = format.header(bytes, end)
    return next.length >= format.recordHeaderLength && next.captured <= format.packetLimit
      && next.original <= 1 << 24 && (next.captured > 0 || next.original > 0)
  }

  // MARK: After damage

  private mutating func beginSearch(at offset: Int, reason: String) {
    damageStart = offset
    damageReason = reason
    state = .searching
  }

  /// Looks for two plausible record headers in a row, or one whose packet ends with the capture.
  ///
  /// A candidate whose successor has not arrived yet is looked at again with the next chunk, unless one behind it holds.
  private mutating func search(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    let headerLength = format.recordHeaderLength
    var candidate = position
    var unverified: Int?
    while candidate + headerLength <= bytes.byteCount {
      if case .tables(_) = format.region(at: base + candidate) { return resume(at: candidate, &position, base: base) }
      let first = format.header(bytes, candidate)
      if isPlausible(first) {
        let second = candidate + first.length
        var isConfirmed = false
        if case .tables(let end) = format.region(at: base + second) {
          isConfirmed = end > base + second && second <= bytes.byteCount
        } else if second + headerLength <= bytes.byteCount {
          isConfirmed = isPlausible(format.header(bytes, second))
        } else if isAtEnd {
          isConfirmed = second == bytes.byteCount
        } else {
          unverified = unverified ?? candidate
        }
        if isConfirmed { return resume(at: candidate, &position, base: base) }
      }
      candidate += 1
    }
    position = unverified ?? candidate
    return .needsMore
  }

  private mutating func resume(at candidate: Int, _ position: inout Int, base: Int) -> CaptureStep {
    position = candidate
    let offset = base + candidate
    let lost = offset - damageStart
    bytesLost += lost
    state = .records
    return .damage(
      Problem(
        .damagedCapture, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); \(lost) bytes were skipped to byte \(offset), where records make sense again; the \(packetCount) packets before were kept"
      ))
  }

  /// Whether a header could begin a real record: lengths in bounds, fields in their range, and a time within a day of the
  /// last good packet.
  private func isPlausible(_ header: RecordHeader) -> Bool {
    header.length >= format.recordHeaderLength && header.isSound
      && (1...min(format.packetLimit, 65_535 + 64)).contains(header.captured)
      && (header.captured...1 << 20).contains(header.original) && !isFar(header.time)
  }

  mutating func finish(leftover: Int, streamLength: Int) -> Problem? {
    defer { state = .ended }
    switch state {
    case .start:
      bytesLost += leftover
      return Problem(
        .truncatedCapture, offset: 0, bytesLost: leftover,
        message: "the capture ends inside its file header after \(streamLength) bytes; it holds no packets")
    case .searching, .ended:
      let lost = streamLength - damageStart
      bytesLost += lost
      let what =
        state == .ended
        ? "none of its \(lost) bytes were read"
        : "no plausible record follows, so the last \(lost) bytes were not read; the \(packetCount) packets before were kept"
      return Problem(
        .damagedCapture, offset: damageStart, bytesLost: lost, message: "\(damageReason); \(what)")
    case .records where leftover > 0:
      bytesLost += leftover
      _ = format.finish(&notes, packets: packetCount)
      return Problem(
        .truncatedCapture, offset: streamLength - leftover, bytesLost: leftover,
        message:
          "the capture breaks off inside the packet record at byte \(streamLength - leftover): \(leftover) bytes of it are there; the \(packetCount) packets before were kept"
      )
    case .records:
      return format.finish(&notes, packets: packetCount)
    }
  }
}
