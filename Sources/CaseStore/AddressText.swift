import Records

extension IPAddress {
  /// Writes the address as text, in place of what the buffer held. An IPv4 address is written digit by digit, because two
  /// of them go with every flow and `description` makes nine small strings for each.
  func write(into text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    guard !isIPv6 else {
      text.append(contentsOf: description.utf8)
      return
    }
    for shift in stride(from: 24, through: 0, by: -8) {
      let part = UInt8(truncatingIfNeeded: low >> UInt64(shift))
      if part >= 100 { text.append(UInt8(ascii: "0") + part / 100) }
      if part >= 10 { text.append(UInt8(ascii: "0") + part / 10 % 10) }
      text.append(UInt8(ascii: "0") + part % 10)
      if shift > 0 { text.append(UInt8(ascii: ".")) }
    }
  }
}
