import Records

/// Microsoft Network Monitor 1.x and 2.x.
///
/// The format finds its records by a table of offsets at the capture's end. They are read here as they lie, one behind the
/// other, and the table is compared with them afterwards, so that nothing has to be held. Records that the table leaves
/// out, which Network Monitor does not show, are read too.
struct NetMonFormat: RecordFormat {
  private enum Network {
    /// Network numbers from here up to 0xefff hold a LINKTYPE_ value.
    static let linkTypes: UInt16 = 0xe000
    /// Numbers from here on are no packets but what the program notes beside them.
    static let notes: UInt16 = 0xffe0
  }

  private var isVersion1 = false
  private var network: UInt16 = 1
  /// Nanoseconds since 1970 by the recording machine's own clock, whose time zone is not in the capture.
  private var start: Int64 = 0
  /// Where records end and tables begin, and where the table of records lies.
  private var tables = Int.max
  private var frameTable = 0..<0
  private var frames = OffsetList(), listed = OffsetList()
  /// Bytes of an entry whose rest has not arrived.
  private var partial: [UInt8] = []

  /// Bytes behind a packet that tell its network and time.
  private var trailerLength = 0
  private(set) var recordHeaderLength = 16
  var linkType: LinkType? { trailerLength == 0 ? Self.linkType(network) : nil }

  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader {
    guard bytes.byteCount >= 128 else { return .needsMore }
    let major = bytes.uint8(5)
    guard (1...2).contains(major) else {
      return .refused("says it is Network Monitor version \(major), and only versions 1 and 2 are read here")
    }
    isVersion1 = major == 1
    recordHeaderLength = isVersion1 ? 8 : 16
    if !isVersion1 {
      switch bytes.uint8(4) {
      case 0: trailerLength = 0
      case 1: trailerLength = 2
      case 2: trailerLength = 6
      default: trailerLength = 15
      }
    }
    network = bytes.uint16(6).byteSwapped
    let time = stride(from: 8, to: 24, by: 2).map { Int64(bytes.uint16($0).byteSwapped) }
    if (1700...2200).contains(time[0]), (1...12).contains(time[1]), (1...31).contains(time[3]) {
      let days = CalendarDate.daysSince1970(year: time[0], month: time[1], day: time[3])
      start = ((days * 86_400 + time[4] * 3600 + time[5] * 60 + time[6]) * 1000 + time[7]) * 1_000_000
    }
    let offset = Int(bytes.uint32(24).byteSwapped), length = Int(bytes.uint32(28).byteSwapped)
    if offset >= 128 {
      frameTable = offset..<offset + length
      tables = offset
    }
    if trailerLength >= 6 {
      // Comments and processes may lie before the table of frames.
      for (at, size) in [(40, 44), (48, 52)] where bytes.uint32(size) != 0 {
        let other = Int(bytes.uint32(at).byteSwapped)
        if other > 128 { tables = min(tables, other) }
      }
    }
    return .read(128)
  }

  func region(at offset: Int) -> RecordRegion { offset < tables ? .records : .tables(until: .max) }

  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader {
    var header = RecordHeader()
    let distance: Int64
    if isVersion1 {
      distance = Int64(bytes.uint32(position).byteSwapped) * 1_000_000
      header.original = Int(bytes.uint16(position + 4).byteSwapped)
      header.captured = Int(bytes.uint16(position + 6).byteSwapped)
    } else {
      // Microseconds that may be negative, in tenths of which the program reckons.
      let tenths = Int64(bitPattern: bytes.uint64(position).byteSwapped &* 10)
      let (nanoseconds, overflow) = tenths.multipliedReportingOverflow(by: 100)
      header.isTimeClamped = overflow
      distance = overflow ? (tenths < 0 ? .min : .max) : nanoseconds
      header.original = Int(bytes.uint32(position + 8).byteSwapped)
      header.captured = Int(bytes.uint32(position + 12).byteSwapped)
    }
    header.dataOffset = recordHeaderLength
    header.length = header.dataOffset + header.captured + trailerLength
    let (time, isClamped) = CaptureTime.clamped(start, plus: distance)
    header.time = time
    header.isTimeClamped = header.isTimeClamped || isClamped
    header.isSound = !header.isTimeClamped
    header.linkType = Self.linkType(network)
    return header
  }

  func complete(_ header: inout RecordHeader, _ record: RawSpan) {
    guard trailerLength > 0 else { return }
    let trailer = record.byteCount - trailerLength
    let network = record.uint16(trailer).byteSwapped
    header.isPacket = network < Network.notes
    header.linkType = Self.linkType(network)
    guard trailerLength == 15 else { return }
    // Steps of 100 nanoseconds since 1601-01-01.
    let steps = Int64(bitPattern: record.uint64(trailer + 6).byteSwapped)
    let (since1970, overflow) = steps.subtractingReportingOverflow(116_444_736_000_000_000)
    let (nanoseconds, far) = since1970.multipliedReportingOverflow(by: 100)
    guard steps > 0, !overflow, !far else { return }
    header.time = CaptureTime(nanoseconds: nanoseconds)
    header.isTimeClamped = false
  }

  mutating func accept(_ header: RecordHeader, _ record: RawSpan, offset: Int, packet: Int) { frames.add(offset) }

  mutating func readTable(_ bytes: RawSpan, offset: Int) {
    let end = min(offset + bytes.byteCount, frameTable.upperBound)
    for index in stride(from: max(offset, frameTable.lowerBound), to: max(end, frameTable.lowerBound), by: 1) {
      partial.append(bytes.uint8(index - offset))
      guard partial.count == 4 else { continue }
      listed.add(partial.reversed().reduce(0) { $0 << 8 | Int($1) })
      partial.removeAll(keepingCapacity: true)
    }
  }

  mutating func finish(_ notes: inout CaptureNotes, packets: Int) -> Problem? {
    if trailerLength < 15 {
      let local = String(CaptureTime(nanoseconds: start).rfc3339.dropLast())
      notes.add(CaptureNote(.localStart, offset: 8, value: local))
    }
    if frameTable.isEmpty {
      return Problem(
        .damagedCapture, offset: 24,
        message:
          "the capture has no table of its frames, as one whose recording was cut off; its \(frames.count) records were read as they lie"
      )
    }
    guard frames != listed else { return nil }
    return Problem(
      .damagedCapture, offset: frameTable.lowerBound,
      message:
        "the capture's table lists \(listed.count) frames and \(frames.count) records were read as they lie, not all at the same places; compare with another program before relying on the count"
    )
  }

  private static func linkType(_ network: UInt16) -> LinkType {
    switch network {
    case 0, 1: .ethernet
    case 2: LinkType(rawValue: 6)
    case 3: LinkType(rawValue: 10)
    case 7, 8, 9: LinkType(rawValue: 101)
    case 0xe080: LinkType(rawValue: 105)
    case 0xe081...0xe08a: LinkType(rawValue: LinkType.firstForeign | UInt32(network))
    case Network.linkTypes...0xefff: LinkType(rawValue: UInt32(network & 0x0fff))
    default: LinkType(rawValue: LinkType.firstForeign | UInt32(network))
    }
  }

  /// A list of offsets, of which only the count and a sum that depends on the order are kept.
  private struct OffsetList: Equatable {
    private(set) var count = 0
    private var sum: UInt64 = 14_695_981_039_346_656_037

    mutating func add(_ offset: Int) {
      count += 1
      sum = (sum ^ UInt64(truncatingIfNeeded: offset)) &* 1_099_511_628_211
    }
  }
}

enum CalendarDate {
  /// Days from 1970-01-01 to a date of the Gregorian calendar, counted in eras of 400 years that begin on 1 March.
  static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
