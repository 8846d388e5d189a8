/// A message of DHCP for IPv6 (RFC 8415 sections 8 and 9): a type, and options that add up.
struct DHCPv6Message {
  /// `nil` where a server begins.
  let isRequest: Bool?

  private enum Kind {
    static let reconfigure = 10, relayed: ClosedRange = 12...13, last = 36
    /// Advertise, reply, relay reply, and the answers of lease query, failover and the like.
    static let answers = [2, 7, 13, 15, 16, 17, 19, 21, 23, 25, 27, 29]
  }
  /// Option codes in use (IANA) lie below.
  private static let codes = 1...255

  init?(_ bytes: ArraySlice<UInt8>, isCut: Bool) {
    var reader = ByteReader(bytes)
    guard let type = reader.uint8(), (1...Kind.last).contains(type) else { return nil }
    // Hops and two addresses, else the transaction.
    guard reader.take(Kind.relayed.contains(type) ? 33 : 3) != nil, reader.remaining > 0 || isCut else { return nil }
    while reader.remaining > 0 {
      guard let code = reader.uint16() else {
        if isCut { break }
        return nil
      }
      guard Self.codes.contains(code) else { return nil }
      if reader.vector16() == nil {
        guard isCut else { return nil }
        break
      }
    }
    isRequest = type == Kind.reconfigure ? nil : !Kind.answers.contains(type)
  }
}
