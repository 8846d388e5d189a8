/// What stands behind the last MPLS label, which nothing names.
///
/// The first four bits tell IP's version, or are 0 for a control word before an Ethernet frame (RFC 4385). But that word may
/// be left out (RFC 4448 section 4.6), and a frame's destination may begin with the same bits. So each reading is tried, and
/// the one whose lengths, types and checksum agree best is followed.
enum LabelledPayload {
  /// Tags and labels passed over within one frame while it is tried.
  private static let depth = 8
  /// What IPv6 mostly carries.
  private static let nextHeaders: Set<UInt8> = [0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 60, 89, 103, 115, 132]
  /// What an Ethernet frame has to reach to be believed.
  private static let least = 2

  /// - Parameter offset: behind the labels; afterwards where what is carried begins.
  static func carried(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try LinkLayer.need(1, of: bytes, offset)
    let nibble = bytes.uint8(offset) >> 4
    let plain = frame(bytes, offset)
    switch nibble {
    case 4, 6:
      // Only a frame in which everything fits speaks against IP.
      if plain > internet(bytes, offset) + 1 { return .ethernet }
      return .internet
    case 0:
      let behindWord = frame(bytes, offset + 4)
      guard max(plain, behindWord) >= least else { throw .unknownLabelled }
      // A tagged frame without a word reads like an untagged one behind a word.
      if behindWord > plain { offset += 4 }
      return .ethernet
    case 1 where plain < least:
      // An associated channel (RFC 5586), which carries no IP of a user.
      return .other
    default:
      guard plain >= least else { throw .unknownLabelled }
      return .ethernet
    }
  }

  /// How well an IP header fits at an offset: 0 for not at all, 5 for with its checksum.
  private static func internet(_ bytes: RawSpan, _ offset: Int) -> Int {
    let rest = bytes.byteCount - offset
    guard rest >= 20 else { return 0 }
    switch bytes.uint8(offset) >> 4 {
    case 4:
      let header = Int(bytes.uint8(offset) & 0x0f) * 4, total = Int(bytes.uint16(offset + 2))
      guard header >= 20, total == 0 || total >= header else { return 0 }
      if header <= rest, isChecked(bytes, offset, header) { return 5 }
      return total <= rest ? 3 : 1
    case 6:
      guard rest >= 40 else { return 1 }
      let total = Int(bytes.uint16(offset + 4)) + 40
      guard nextHeaders.contains(bytes.uint8(offset + 6)) else { return 1 }
      return total == rest ? 4 : total <= rest ? 3 : 1
    default: return 0
    }
  }

  /// RFC 1071 over the header, its checksum included. All zeros would add up too.
  private static func isChecked(_ bytes: RawSpan, _ offset: Int, _ length: Int) -> Bool {
    var sum: UInt32 = 0
    for place in stride(from: offset, to: offset + length, by: 2) { sum += UInt32(bytes.uint16(place)) }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    return sum == 0xffff
  }

  /// How well an Ethernet frame fits at an offset: more than its IP header does where it has one.
  private static func frame(_ bytes: RawSpan, _ offset: Int) -> Int {
    guard bytes.byteCount >= offset + 14 else { return 0 }
    // Nobody sends from a group's address.
    guard bytes.uint8(offset + 6) & 1 == 0 else { return 0 }
    return payload(bytes.uint16(offset + 12), bytes, offset + 14, depth: depth)
  }

  private static func payload(_ type: UInt16, _ bytes: RawSpan, _ offset: Int, depth: Int) -> Int {
    let rest = bytes.byteCount - offset
    guard depth > 0, rest >= 2 else { return 0 }
    switch type {
    case 0x0800 where bytes.uint8(offset) >> 4 == 4, 0x86dd where bytes.uint8(offset) >> 4 == 6:
      let fit = internet(bytes, offset)
      return fit > 0 ? fit + 1 : 0
    case 0x0800, 0x86dd: return 0
    case 0x0806: return rest >= 8 && bytes.uint32(offset) == 0x0001_0800 ? 6 : 0
    case 0x8100, 0x88a8, 0x9100, 0x9200:
      return rest >= 4 ? payload(bytes.uint16(offset + 2), bytes, offset + 4, depth: depth - 1) : 0
    case 0x8847, 0x8848: return rest >= 4 ? 2 : 0
    case 0x8863, 0x8864: return bytes.uint8(offset) == 0x11 ? 3 : 0
    // Loop detection, flow control, LACP, CFM, LLDP, EAPOL, MACsec, PTP: no IP, but known.
    case 0x9000, 0x8808, 0x8809, 0x8902, 0x88cc, 0x888e, 0x88e5, 0x88f7: return 3
    case 0x88e7, 0x6558, 0x8926, 0x893f, 0x8909, 0x8903, 0x894f: return 2
    // A length, and the header of 802.2 behind it.
    case 3...1500 where Int(type) <= rest && bytes.uint16(offset) == 0x4242: return 4
    case 3...1500 where Int(type) <= rest && bytes.uint16(offset) == 0xaaaa: return 4
    case 3...1500 where Int(type) <= rest && bytes.uint16(offset) == 0xfefe: return 3
    case 0x0600...: return 1
    default: return 0
    }
  }
}
