import Records

/// NetXRay and Windows Sniffer captures, versions 0 to 2.00x.
///
/// A capture may be a ring: then its oldest record lies behind its newest. Records are read as they lie.
struct NetXrayFormat: RecordFormat {
  private var major = 2
  /// Nanoseconds since 1970, and the tick count that stands for it.
  private var start: Int64 = 0
  private var startTicks: UInt64 = 0
  private var ticksPerSecond: UInt64 = 1_000_000
  private var first = 128, end = Int.max
  private var network = LinkType.ethernet
  /// What the header says the capture holds.
  private var stated = 0

  private(set) var recordHeaderLength = 40
  var linkType: LinkType? { network }

  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader {
    guard bytes.byteCount >= 128 else { return .needsMore }
    func word(_ offset: Int) -> UInt32 { bytes.uint32(offset).byteSwapped }
    var minor: UInt8 = 0
    if bytes.uint8(0) == UInt8(ascii: "V") {
      major = 0
    } else {
      // Text such as 002.001.
      let version = (4..<11).map { bytes.uint8($0) }
      major = Int(version[2] &- UInt8(ascii: "0"))
      minor = major == 1 ? version[4] &- UInt8(ascii: "0") : version[6] &- UInt8(ascii: "0")
      guard version[0] == UInt8(ascii: "0"), version[3] == UInt8(ascii: "."), (1...2).contains(major), minor <= 3
      else { return .refused("says it is of a NetXRay version that is not read here") }
    }
    recordHeaderLength = major == 0 ? 16 : major == 1 ? 28 : 40
    stated = Int(word(16))
    first = max(128, Int(word(24)))
    if case let last = Int(word(28)), last >= 128 { end = last }
    let kind = bytes.uint8(84), unit = bytes.uint8(48)
    let networkNumber = bytes.uint8(45) == 2 ? bytes.uint8(44) : bytes.uint8(44) &+ 1
    network = Self.linkType(networkNumber, kind: major == 2 ? kind : 0)
    guard let ticks = Self.ticks(major: major, minor: minor, network: networkNumber, kind: kind, unit: unit, word(76))
    else { return .refused("counts time in a unit that is not known (\(unit), recorded by a device of kind \(kind))") }
    ticksPerSecond = ticks
    start = Int64(word(12)) * 1_000_000_000
    let isPod = major == 2 && networkNumber == 1 && kind != 0
    startTicks = isPod && minor >= 2 ? 0 : UInt64(word(56)) << 32 | UInt64(word(52))
    return .read(128)
  }

  /// Ticks a second, found by others from captures whose times were known. 0 in the file, or a unit not seen, is `nil`.
  private static func ticks(
    major: Int, minor: UInt8, network: UInt8, kind: UInt8, unit: UInt8, _ stated: UInt32
  ) -> UInt64? {
    if major == 0 || major == 1 && minor == 0 { return 1000 }
    if major == 1 { return 1_000_000 }
    let pods: [UInt8: [UInt8: UInt64]] = [
      2: [0: 1_000_000_000, 2: 31_250_000], 3: [0: 1_000_000, 2: 1_250_000], 5: [0: 1_000_000],
      6: [0: 1_000_000_000, 2: 20_000_000],
    ]
    if network == 1, kind != 0 { return pods[kind]?[unit] }
    if network == 1, unit == 2 { return stated == 0 ? nil : UInt64(stated) }
    return [0: 1_000_000, 1: 1_193_000, 2: 1_193_182][unit]
  }

  func region(at offset: Int) -> RecordRegion {
    if first < end {
      if offset < first { return .leftovers(until: first) }
      return offset < end ? .records : .leftovers(until: .max)
    }
    return offset >= end && offset < first ? .leftovers(until: first) : .records
  }

  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader {
    func word(_ offset: Int) -> UInt64 { UInt64(bytes.uint32(position + offset).byteSwapped) }
    var header = RecordHeader()
    header.original = Int(bytes.uint16(position + 8).byteSwapped)
    header.captured = major == 0 ? header.original : Int(bytes.uint16(position + 10).byteSwapped)
    header.dataOffset = recordHeaderLength
    header.length = header.dataOffset + header.captured
    // In version 2 two bytes of ones say that four bytes stand behind the packet: a check sequence, or nothing of use.
    if major == 2, bytes.uint16(position + 14) == 0xffff, network == .ethernet || network.rawValue == 105 {
      header.frameCheckLength = 4
    }
    let ticks = Int64(bitPattern: (word(4) << 32 | word(0)) &- startTicks)
    let magnitude = PcapngClock.nanoseconds(ticks.magnitude, perSecond: ticksPerSecond)
    let (time, isClamped) = CaptureTime.clamped(start, plus: ticks < 0 ? -magnitude : magnitude)
    header.time = time
    header.isTimeClamped = isClamped || magnitude == .max
    header.isSound = !header.isTimeClamped
    header.linkType = network
    return header
  }

  mutating func finish(_ notes: inout CaptureNotes, packets: Int) -> Problem? {
    guard stated > 0, packets != stated else { return nil }
    return Problem(
      .damagedCapture, offset: 16,
      message:
        "the capture's header says it holds \(stated) packets and \(packets) were read; part of it may be missing")
  }

  private static func linkType(_ network: UInt8, kind: UInt8) -> LinkType {
    let wide: [UInt8: UInt32] = [0: 1, 3: 9, 4: 107, 19: 104]
    let known: [UInt8: UInt32] = [1: 1, 2: 6, 3: 10, 10: 105]
    let value = network == 4 ? wide[kind] : known[network]
    return LinkType(rawValue: value ?? LinkType.firstForeign | UInt32(kind) << 8 | UInt32(network))
  }
}
