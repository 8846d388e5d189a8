import Records

/// Who is at the ends of a packet whose IP header names somebody on the way.
///
/// While a source-routed packet is under way the IP header names the next hop. The flow is with the last: that is whom the answers come from, and
/// whose address the transport checksum covers (RFC 8200 section 8.1).
enum SourceRoute {
  /// IPv4: the last address of a loose or strict source route that is not used up (RFC 791 section 3.1).
  static func lastHop(_ ip: RawSpan, optionsEnd: Int) -> IPAddress? {
    let endOfList: UInt8 = 0, noOperation: UInt8 = 1, loose: UInt8 = 131, strict: UInt8 = 137
    var offset = 20
    while offset + 3 <= optionsEnd, ip.uint8(offset) != endOfList {
      guard ip.uint8(offset) != noOperation else {
        offset += 1
        continue
      }
      let length = Int(ip.uint8(offset + 1))
      guard length >= 3, offset + length <= optionsEnd else { return nil }
      if ip.uint8(offset) == loose || ip.uint8(offset) == strict {
        let isUsedUp = Int(ip.uint8(offset + 2)) > length
        return length >= 7 && !isUsedUp ? IPAddress(v4: ip.uint32(offset + length - 4)) : nil
      }
      offset += length
    }
    return nil
  }

  /// IPv6: the last address of a routing header with segments left: types 0 (RFC 2460), 2 (RFC 6275) and 4 (RFC 8754, which
  /// lists its segments from the last).
  static func lastHop(_ ip: RawSpan, routingHeader offset: Int) -> IPAddress? {
    let length = (Int(ip.uint8(offset + 1)) + 1) * 8
    let segmentsLeft = ip.uint8(offset + 3)
    guard segmentsLeft > 0, length >= 24, ip.byteCount >= offset + length else { return nil }
    let address: Int
    switch ip.uint8(offset + 2) {
    case 0: address = offset + length - (length - 8) % 16 - 16
    case 2, 4: address = offset + 8
    default: return nil
    }
    return IPAddress(v6High: ip.uint64(address), low: ip.uint64(address + 8))
  }

  /// Mobile IPv6: the address a travelling node has at home, which its flows are known by (RFC 6275 section 6.3).
  static func homeAddress(_ ip: RawSpan, optionsHeader start: Int) -> IPAddress? {
    let padding: UInt8 = 0, home: UInt8 = 201
    let end = start + (Int(ip.uint8(start + 1)) + 1) * 8
    guard ip.byteCount >= end else { return nil }
    var offset = start + 2
    while offset + 2 <= end {
      guard ip.uint8(offset) != padding else {
        offset += 1
        continue
      }
      let length = Int(ip.uint8(offset + 1))
      if ip.uint8(offset) == home, length == 16, offset + 18 <= end {
        return IPAddress(v6High: ip.uint64(offset + 2), low: ip.uint64(offset + 10))
      }
      offset += 2 + length
    }
    return nil
  }
}
