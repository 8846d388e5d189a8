/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The address as 128 bits in network order; an IPv4 address occupies the low 32.
  package let high: UInt64, low: UInt64
  package let isIPv6: Bool

  package init(v4 address: UInt32) {
    high = 0
    low = UInt64(address)
    isIPv6 = false
  }

  package init(v6High high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
    isIPv6 = true
  }

  /// The address in network byte order: 4 or 16 bytes.
  package var bytes: [UInt8] {
    let all = [high, low].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
    return isIPv6 ? all : Array(all.suffix(4))
  }

  /// IPv4 sorts before IPv6; within one family, in numeric order.
  package static func < (a: Self, b: Self) -> Bool {
    if a.isIPv6 != b.isIPv6 { return b.isIPv6 }
    return (a.high, a.low) < (b.high, b.low)
  }

  /// Dotted quad, or the canonical IPv6 text of RFC 5952.
  package var description: String {
    guard isIPv6 else { return bytes.map { String($0) }.joined(separator: ".") }
    let groups = [high, low].flatMap { word in
      stride(from: 48, through: 0, by: -16).map { UInt16(truncatingIfNeeded: word >> $0) }
    }
    if high == 0, low >> 32 == 0xffff { return "::ffff:\(IPAddress(v4: UInt32(truncatingIfNeeded: low)))" }
    guard let zeros = Self.longestZeroRun(groups) else { return Self.hex(groups[...]) }
    return Self.hex(groups[..<zeros.lowerBound]) + "::" + Self.hex(groups[zeros.upperBound...])
  }

  private static func hex(_ groups: ArraySlice<UInt16>) -> String {
    groups.map { String($0, radix: 16) }.joined(separator: ":")
  }

  /// The first longest run of at least two zero groups (RFC 5952 sections 4.2.2 and 4.2.3).
  private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
    var best = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 {
        start = index + 1
      } else if index + 1 - start > best.count {
        best = start..<index + 1
      }
    }
    return best.count >= 2 ? best : nil
  }
}
