import Records

extension IPAddress {
  /// Writes the address as text. For IPv4 this is done here digit by digit: two addresses a flow are written millions
  /// of times, and building a `String` for each took a third of the writer's time.
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
