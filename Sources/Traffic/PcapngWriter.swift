import Records

/// Puts packets together as a pcapng capture of one section (draft-ietf-opsawg-pcapng), little-endian, times in nanoseconds.
///
/// Interfaces are described before the first packet on them, those from different captures apart.
package struct PcapngWriter {
  private struct Source: Hashable {
    var capture: String
    var interface: CaptureInterface
    /// Times before 1970 are counted from an offset.
    var isEarly: Bool
  }

  private var interfaces: [Source: UInt32] = [:]
  private let application: String
  private var hasBegun = false

  /// Seconds from which times before 1970 are counted: the earliest that nanoseconds in 64 bits reach.
  private static let earlyOffset: Int64 = -9_223_372_037

  /// - Parameter application: what wrote the capture, for its section header.
  package init(application: String) { self.application = application }

  /// Writes the section header, if it has not been written.
  package mutating func begin(_ file: inout [UInt8]) {
    if hasBegun { return }
    hasBegun = true
    Self.block(0x0a0d_0d0a, &file) { body in
      Self.put(UInt32(0x1a2b_3c4d), &body)
      Self.put(UInt16(1), &body)
      Self.put(UInt16(0), &body)
      // The length of the section is not known.
      Self.put(UInt64.max, &body)
      Self.option(4, Array(application.utf8), &body)
      Self.endOptions(&body)
    }
  }

  /// Writes a packet, and before it the description of its interface where that is new.
  ///
  /// - Parameters:
  ///   - capture: where it comes from, for the description of its interface.
  ///   - comments: what is said of it, each at most 65,535 bytes.
  /// - Returns: `false` when the link type has no number in pcapng; nothing is written then.
  package mutating func append(_ packet: CutPacket, from capture: String, comments: [String], to file: inout [UInt8])
    -> Bool
  {
    guard packet.interface.linkType.rawValue <= UInt16.max else { return false }
    begin(&file)
    let source = Source(
      capture: capture, interface: packet.interface, isEarly: packet.time.nanoseconds < 0)
    let number = interfaces[source] ?? describe(source, &file)
    let ticks =
      source.isEarly
      ? UInt64(bitPattern: packet.time.nanoseconds &- Self.earlyOffset &* 1_000_000_000)
      : UInt64(packet.time.nanoseconds)
    Self.block(6, &file) { body in
      Self.put(number, &body)
      Self.put(UInt32(ticks >> 32), &body)
      Self.put(UInt32(truncatingIfNeeded: ticks), &body)
      Self.put(UInt32(clamping: packet.bytes.count), &body)
      Self.put(UInt32(clamping: packet.originalLength), &body)
      Self.padded(packet.bytes, &body)
      for comment in comments { Self.option(1, Array(comment.utf8.prefix(65_535)), &body) }
      if !comments.isEmpty { Self.endOptions(&body) }
    }
    return true
  }

  private mutating func describe(_ source: Source, _ file: inout [UInt8]) -> UInt32 {
    let number = UInt32(clamping: interfaces.count)
    interfaces[source] = number
    let interface = source.interface
    Self.block(1, &file) { body in
      Self.put(UInt16(truncatingIfNeeded: interface.linkType.rawValue), &body)
      Self.put(UInt16(0), &body)
      Self.put(UInt32(clamping: interface.snapshotLength), &body)
      if let name = interface.name { Self.option(2, Array(name.utf8), &body) }
      if let description = interface.description { Self.option(3, Array(description.utf8), &body) }
      Self.option(9, [9], &body)
      if source.isEarly {
        var seconds: [UInt8] = []
        Self.put(UInt64(bitPattern: Self.earlyOffset), &seconds)
        Self.option(14, seconds, &body)
      }
      Self.option(1, Array("from \(source.capture)".utf8.prefix(65_535)), &body)
      Self.endOptions(&body)
    }
    return number
  }

  // MARK: Blocks

  private static func block(_ type: UInt32, _ file: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    var body: [UInt8] = []
    write(&body)
    put(type, &file)
    put(UInt32(clamping: body.count + 12), &file)
    file.append(contentsOf: body)
    put(UInt32(clamping: body.count + 12), &file)
  }

  private static func option(_ code: UInt16, _ value: [UInt8], _ body: inout [UInt8]) {
    put(code, &body)
    put(UInt16(clamping: value.count), &body)
    padded(value, &body)
  }

  private static func endOptions(_ body: inout [UInt8]) { put(UInt32(0), &body) }

  private static func padded(_ bytes: [UInt8], _ body: inout [UInt8]) {
    body.append(contentsOf: bytes)
    body.append(contentsOf: repeatElement(0, count: (4 - bytes.count % 4) % 4))
  }

  private static func put(_ value: some FixedWidthInteger, _ bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
