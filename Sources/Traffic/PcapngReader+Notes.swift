import Evidence
import Records

/// What a pcapng capture says beside its packets (draft-ietf-opsawg-pcapng sections 3.5 and 4).
extension PcapngReader {
  private static var comment: UInt16 { 1 }

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

  /// A 64-bit integer in the section's byte order; `nil` where the value is too short for one.
  private func integer(_ block: RawSpan, _ range: Range<Int>) -> UInt64? {
    guard range.count >= 8 else { return nil }
    let first = UInt64(block.uint32(range.lowerBound, swapped: isSwapped))
    let second = UInt64(block.uint32(range.lowerBound + 4, swapped: isSwapped))
    let isLittleEndian = isSwapped == (1.bigEndian == 1)
    return isLittleEndian ? second << 32 | first : first << 32 | second
  }

  mutating func noteSection(_ block: RawSpan, offset: Int) {
    var notes = notes
    forEachOption(block, from: 24) { code, range in
      switch code {
      case Self.comment: notes.add(.comment, offset: offset, name: "section", block, range)
      case 2: notes.add(.sectionHardware, offset: offset, block, range)
      case 3: notes.add(.sectionSystem, offset: offset, block, range)
      case 4: notes.add(.sectionApplication, offset: offset, block, range)
      default: break
      }
    }
    self.notes = notes
  }

  mutating func readInterfaceOptions(_ block: RawSpan, _ interface: inout Interface, name: String, offset: Int) {
    var notes = notes
    var found = interface
    forEachOption(block, from: 16) { code, range in
      switch code {
      case Self.comment: notes.add(.comment, offset: offset, name: "interface \(name)", block, range)
      case 2:
        notes.add(.interfaceName, offset: offset, name: name, block, range)
        found.name = EvidencePath.text(CaptureNotes.bytes(block, range).prefix(InterfaceTable.textLimit))
      case 3:
        notes.add(.interfaceDescription, offset: offset, name: name, block, range)
        found.description = EvidencePath.text(CaptureNotes.bytes(block, range).prefix(InterfaceTable.textLimit))
      case 9 where range.count >= 1:
        found.clock.setResolution(block.uint8(range.lowerBound))
        notes.add(CaptureNote(.interfaceResolution, offset: offset, name: name, value: found.clock.resolution))
      case 11 where range.count > 1 && block.uint8(range.lowerBound) == 0:
        notes.add(.interfaceFilter, offset: offset, name: name, block, range.dropFirst())
      case 12: notes.add(.interfaceSystem, offset: offset, name: name, block, range)
      case 13 where range.count >= 1:
        // The draft says bits, and gives 4 as its example for the four bytes of Ethernet: both are written.
        let length = Int(block.uint8(range.lowerBound))
        found.frameCheckLength = length <= 8 ? length : length / 8
      case 14:
        guard let seconds = integer(block, range).map(Int64.init(bitPattern:)) else { return }
        found.clock.offsetSeconds = seconds
        notes.add(CaptureNote(.interfaceOffset, offset: offset, name: name, value: "\(seconds)"))
      case 15: notes.add(.interfaceHardware, offset: offset, name: name, block, range)
      default: break
      }
    }
    self.notes = notes
    interface = found
  }

  /// - Parameter frameCheck: bytes of check sequence behind the packet, which an option may set.
  mutating func readPacketOptions(_ block: RawSpan, from start: Int, offset: Int, frameCheck: inout Int) {
    var comments: [Range<Int>] = []
    var drops: UInt64 = 0
    var check = frameCheck
    forEachOption(block, from: start) { code, range in
      switch code {
      case Self.comment: comments.append(range)
      case 2 where range.count >= 4:
        let length = Int(block.uint32(range.lowerBound, swapped: isSwapped) >> 5 & 0xf)
        if length > 0 { check = length }
      case 4: drops = integer(block, range) ?? 0
      default: break
      }
    }
    frameCheck = check
    for range in comments { notes.add(.comment, offset: offset, packet: packetCount, name: "packet", block, range) }
    noteDrops(drops, packet: packetCount, offset: offset)
  }

  mutating func noteDrops(_ count: UInt64, packet: Int, offset: Int) {
    guard count > 0, count < 1 << 48 else { return }
    dropped = min(dropped + Int(count), 1 << 60)
    droppedPacket = packet
    droppedOffset = offset
  }

  mutating func noteOther(_ block: RawSpan, offset: Int) {
    let type = block.uint32(0, swapped: isSwapped)
    switch type {
    case BlockType.names: noteNames(block, offset: offset)
    case BlockType.statistics: noteStatistics(block, offset: offset)
    case BlockType.secrets: noteSecrets(block, offset: offset)
    case BlockType.journal: notes.add(.journalEntry, offset: offset, block, 8..<max(8, block.byteCount - 4))
    case _ where BlockType.custom.contains(type): break
    default:
      notes.add(
        CaptureNote(
          .unknownBlock, offset: offset, name: "0x" + String(type, radix: 16), value: "\(block.byteCount) bytes"))
    }
  }

  private mutating func noteNames(_ block: RawSpan, offset: Int) {
    var position = 8
    let end = block.byteCount - 4
    while position + 4 <= end {
      let type = block.uint16(position, swapped: isSwapped)
      let length = Int(block.uint16(position + 2, swapped: isSwapped))
      let value = position + 4..<position + 4 + length
      guard type != 0, value.upperBound <= end else { return }
      // An IPv4, IPv6, 48-bit or 64-bit hardware address.
      let addressLengths: [UInt16: Int] = [1: 4, 2: 16, 3: 6, 4: 8]
      if let addressLength = addressLengths[type], length > addressLength {
        let address = Self.address(block, value.lowerBound, addressLength)
        for name in CaptureNotes.bytes(block, value.dropFirst(addressLength)).split(separator: 0) {
          let text = EvidencePath.text(name.prefix(CaptureNotes.textLimit))
          notes.add(CaptureNote(.addressName, offset: offset, name: address, value: text))
        }
      }
      position += 4 + (length + 3) & ~3
    }
  }

  private static func address(_ block: RawSpan, _ start: Int, _ length: Int) -> String {
    switch length {
    case 4: return IPAddress(v4: block.uint32(start)).description
    case 16: return IPAddress(v6High: block.uint64(start), low: block.uint64(start + 8)).description
    default:
      return (start..<start + length).map { index in
        let digits = String(block.uint8(index), radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined(separator: ":")
    }
  }

  private mutating func noteStatistics(_ block: RawSpan, offset: Int) {
    guard block.byteCount >= 24 else { return }
    let name = "\(block.uint32(8, swapped: isSwapped))"
    var notes = notes
    let kinds: [UInt16: CaptureNote.Kind] = [
      4: .interfaceReceived, 5: .interfaceDropped, 6: .interfaceFilterAccepted, 7: .interfaceSystemDropped,
      8: .interfaceDelivered,
    ]
    forEachOption(block, from: 20) { code, range in
      if code == Self.comment { notes.add(.comment, offset: offset, name: "statistics \(name)", block, range) }
      guard let kind = kinds[code], let count = integer(block, range) else { return }
      notes.add(CaptureNote(kind, offset: offset, name: name, value: "\(count)"))
    }
    self.notes = notes
  }

  /// Keys are kept where they are text, cut between lines; of anything else the digest.
  private mutating func noteSecrets(_ block: RawSpan, offset: Int) {
    guard block.byteCount >= 20 else { return }
    let type = block.uint32(8, swapped: isSwapped)
    let length = min(Int(block.uint32(12, swapped: isSwapped)), block.byteCount - 20)
    let names: [UInt32: String] = [
      0x544c_534b: "tls_key_log", 0x5353_484b: "ssh_key_log", 0x5747_4b4c: "wireguard_key_log",
      0x5a4e_574b: "zigbee_network_key", 0x5a41_5053: "zigbee_aps_key",
    ]
    let name = "\(names[type] ?? "0x" + String(type, radix: 16)), \(length) bytes"
    let data = CaptureNotes.bytes(block, 16..<16 + length)
    if let digest = Digest.sha256(data) {
      notes.add(CaptureNote(.secretsDigest, offset: offset, name: name, value: digest.description))
    }
    guard names[type] == "tls_key_log" else { return }
    var rest = data[...]
    while !rest.isEmpty {
      var part = rest.prefix(CaptureNotes.textLimit)
      if part.count < rest.count, let cut = part.lastIndex(of: 0x0a) { part = part[...cut] }
      notes.add(CaptureNote(.secrets, offset: offset, name: name, value: EvidencePath.text(part, keepsLines: true)))
      rest = rest.dropFirst(part.count)
    }
  }
}
