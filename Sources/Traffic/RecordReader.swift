import Records

/// Reads captures that are records one behind the other, and goes on behind damage where records make sense again.
struct RecordReader<Format: RecordFormat>: SourceReader {
  private enum State { case start, records, searching, blank, ended }

  private var format = Format()
  private var state = State.start
  /// Time of the last packet that others bear out.
  private var lastTime: CaptureTime?
  /// Whether an odd record and the one behind it are certain, so that the time jumps between packets.
  private var startsNewTime = false
  /// Records in a row that are far from `lastTime` and near each other, and the last of their times.
  private var strays = (count: 0, time: CaptureTime(nanoseconds: 0))
  private var lastLinkType: LinkType?
  private var lastInterface: UInt32 = 0
  /// Stream offset where the damage being searched over began, and what was wrong there.
  private var damageStart = 0
  private var damageReason = ""
  private var damageCode = Problem.Code.damagedCapture
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
    case .blank: return passBlank(bytes, &position)
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
    lastInterface = UInt32(linkTypes.firstIndex(of: linkType) ?? 0)
  }

  var interfaces: [CaptureInterface] {
    linkTypes.map { linkType in
      var interface = CaptureInterface(linkType: linkType)
      interface.snapshotLength = format.snapshotLength == .max ? 0 : format.snapshotLength
      return interface
    }
  }

  private mutating func readRecord(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    let start = position
    switch format.region(at: base + start) {
    case .records: break
    case .tables(let end): return passOver(bytes, &position, base: base, until: end, isTable: true)
    case .leftovers(let end): return passOver(bytes, &position, base: base, until: end, isTable: false)
    }
    let available = min(bytes.byteCount - start, format.recordHeaderLength)
    guard available == format.recordHeaderLength || isAtEnd && available > 0 else { return .needsMore }
    if bytes.isBlank(start..<start + available) {
      beginBlank(at: base + start)
      return .skipped
    }
    guard available == format.recordHeaderLength else { return .needsMore }
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
    let isOutOfTime = isFar(header.time)
    if isOutOfTime || isOdd(header) {
      switch weigh(header, bytes, start, base: base) {
      case .believed: break
      case .needsMore: return .needsMore
      case .doubted(let candidate):
        beginSearch(at: base + start, reason: "the packet record at byte \(base + start) makes no sense")
        position = candidate
        return candidate < bytes.byteCount ? resume(at: candidate, &position, base: base) : .skipped
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
    keepTime(header, isOutOfTime: isOutOfTime)
    let original = max(header.original, header.captured) - min(header.frameCheckLength, header.captured)
    var packet = CapturedPacket(
      time: header.time, linkType: header.linkType, interface: lastInterface, start: start + header.dataOffset,
      capturedLength: min(header.captured, original), originalLength: original, streamOffset: base + start)
    if header.isFractionBeyondSecond { packet.doubts.insert(.fraction) }
    if header.original < header.captured { packet.doubts.insert(.wireLength) }
    return .packet(packet)
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

  /// Whether the lengths or the fraction of a header are not what a program writes, so that a look at what is behind the
  /// record has to confirm it.
  private func isOdd(_ header: RecordHeader) -> Bool {
    !header.isSound || header.original < header.captured || header.captured > format.snapshotLength
  }

  /// Whether a time lies more than a day from that of the packets before.
  private func isFar(_ time: CaptureTime) -> Bool {
    guard let lastTime else { return false }
    return Self.isFar(time, lastTime)
  }

  private static func isFar(_ a: CaptureTime, _ b: CaptureTime) -> Bool {
    (a.nanoseconds &- b.nanoseconds).magnitude > day
  }

  /// A time far from the others is not taken for that of the capture until records that are certain, or many, have it.
  private mutating func keepTime(_ header: RecordHeader, isOutOfTime: Bool) {
    if !isOutOfTime || startsNewTime {
      lastTime = header.time
      strays.count = 0
      return
    }
    strays.count = !isOdd(header) && !Self.isFar(header.time, strays.time) ? strays.count + 1 : 0
    strays.time = header.time
    if strays.count >= 8 { lastTime = header.time }
  }

  private enum Verdict {
    case believed, needsMore
    /// Where a record makes more sense.
    case doubted(Int)
  }

  /// Looks at what stands behind an odd record, and if that does not bear it out, for a record inside it that makes more
  /// sense: bytes that were lost, and lengths that were changed, make a record swallow the next. Where there is none, the
  /// record is believed, as nothing is lost by it.
  private mutating func weigh(_ header: RecordHeader, _ bytes: RawSpan, _ start: Int, base: Int) -> Verdict {
    let end = start + header.length
    let headerLength = format.recordHeaderLength
    startsNewTime = false
    if case .records = format.region(at: base + end) {} else { return .believed }
    if !isAtEnd, bytes.byteCount < end + headerLength { return .needsMore }
    if bytes.byteCount >= end + headerLength {
      let next = format.header(bytes, end)
      if isPlausible(next) { return .believed }
      startsNewTime = isCertain(header) && isCertain(next)
      if startsNewTime { return .believed }
    } else if bytes.byteCount == end {
      return .believed
    }
    let (found, unverified) = seek(bytes, start + 1..<min(end, bytes.byteCount), base: base)
    if let found { return .doubted(found) }
    return unverified != nil && !isAtEnd ? .needsMore : .believed
  }

  /// Whether a header has two lengths that only a program writes: the same twice, or cut where the capture says.
  private func isCertain(_ header: RecordHeader) -> Bool {
    header.length >= format.recordHeaderLength && header.isSound && header.captured > 0
      && (header.captured == header.original
        || header.captured == format.snapshotLength && header.original > header.captured)
  }

  // MARK: After damage

  private mutating func beginSearch(at offset: Int, reason: String) {
    damageStart = offset
    damageReason = reason
    damageCode = .damagedCapture
    state = .searching
  }

  /// Zeros where a record should begin are no empty packets, though they read like a row of them.
  private mutating func beginBlank(at offset: Int) {
    damageStart = offset
    damageReason = "the bytes from byte \(offset) on are zeros and hold no packets"
    damageCode = .zeroFilled
    state = .blank
  }

  /// Passes over zeros, and looks for a record where they end, which may begin with some of them.
  private mutating func passBlank(_ bytes: RawSpan, _ position: inout Int) -> CaptureStep {
    let keep = format.recordHeaderLength - 1
    guard let end = bytes.firstNonZero(from: position) else {
      position = isAtEnd ? bytes.byteCount : max(position, bytes.byteCount - keep)
      return .needsMore
    }
    position = max(position, end - keep)
    state = .searching
    return .skipped
  }

  /// A candidate whose successor has not arrived yet is looked at again with the next chunk, unless one behind it holds.
  private mutating func search(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep {
    let end = max(position, bytes.byteCount - format.recordHeaderLength + 1)
    let (found, unverified) = seek(bytes, position..<end, base: base)
    if let found { return resume(at: found, &position, base: base) }
    position = unverified ?? end
    return .needsMore
  }

  /// Looks for two plausible record headers in a row, one whose packet ends with the capture, or a table.
  ///
  /// - Returns: where, or the first place that may be one once more bytes have arrived.
  private func seek(_ bytes: RawSpan, _ range: Range<Int>, base: Int) -> (found: Int?, unverified: Int?) {
    let headerLength = format.recordHeaderLength
    var unverified: Int?
    for candidate in range where candidate + headerLength <= bytes.byteCount {
      if case .tables(_) = format.region(at: base + candidate) { return (candidate, unverified) }
      let first = format.header(bytes, candidate)
      guard isPlausible(first) || mayBeginAnew(first) else { continue }
      let second = candidate + first.length
      var isConfirmed = false
      if case .tables(_) = format.region(at: base + second) {
        isConfirmed = second <= bytes.byteCount
      } else if second + headerLength <= bytes.byteCount {
        let next = format.header(bytes, second)
        isConfirmed =
          isFar(first.time)
          ? mayBeginAnew(next) && !Self.isFar(first.time, next.time)
          : isPlausible(next) || mayBeginAnew(first) && mayBeginAnew(next)
      } else if isAtEnd {
        isConfirmed = second == bytes.byteCount && !isFar(first.time)
      } else {
        unverified = unverified ?? candidate
      }
      if isConfirmed { return (candidate, unverified) }
    }
    return (nil, unverified)
  }

  /// Whether a record behind zeros could be one of a recording that went on at another time.
  private func mayBeginAnew(_ header: RecordHeader) -> Bool {
    state == .searching && damageCode == .zeroFilled && isCertain(header)
      && header.captured <= min(format.packetLimit, CaptureLimits.usualPacketBytes)
  }

  private mutating func resume(at candidate: Int, _ position: inout Int, base: Int) -> CaptureStep {
    position = candidate
    let offset = base + candidate
    let lost = offset - damageStart
    bytesLost += lost
    state = .records
    // What was found may be of another time, which its record then brings.
    if damageCode == .zeroFilled { lastTime = nil }
    return .damage(
      Problem(
        damageCode, offset: damageStart, bytesLost: lost,
        message:
          "\(damageReason); \(lost) bytes were skipped to byte \(offset), where records make sense again; the \(packetCount) packets before were kept"
      ))
  }

  /// Whether a header could begin a real record: lengths in bounds, fields in their range, and a time near that of the
  /// packets before.
  private func isPlausible(_ header: RecordHeader) -> Bool {
    header.length >= format.recordHeaderLength && header.isSound
      && (1...min(format.packetLimit, CaptureLimits.usualPacketBytes)).contains(header.captured)
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
    case .blank:
      let lost = streamLength - damageStart
      bytesLost += lost
      _ = format.finish(&notes, packets: packetCount)
      return Problem.zeros(from: damageStart, count: lost, packets: packetCount)
    case .searching, .ended:
      let lost = streamLength - damageStart
      bytesLost += lost
      let what =
        state == .ended
        ? "none of its \(lost) bytes were read"
        : "no plausible record follows, so the last \(lost) bytes were not read; the \(packetCount) packets before were kept"
      return Problem(
        damageCode, offset: damageStart, bytesLost: lost, message: "\(damageReason); \(what)")
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
