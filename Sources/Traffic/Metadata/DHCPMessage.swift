/// A message of DHCP (RFC 2131 section 2) or BOOTP (RFC 951).
struct DHCPMessage {
  let isRequest: Bool
  /// Options follow (RFC 2131 section 3). Without them, only the port tells BOOTP from chance.
  let hasCookie: Bool

  /// Bytes before the cookie, and of those the least that a cut message must have.
  private static let length = 236, leastCut = 28

  init?(_ bytes: ArraySlice<UInt8>, isCut: Bool) {
    var reader = ByteReader(bytes)
    guard let operation = reader.uint8(), let hardware = reader.uint8(), let addressLength = reader.uint8(),
      let hops = reader.uint8(), operation == 1 || operation == 2, (1...40).contains(hardware), addressLength <= 16,
      hops <= 16, bytes.count >= Self.length || isCut && bytes.count >= Self.leastCut
    else { return nil }
    isRequest = operation == 1
    hasCookie = bytes.dropFirst(Self.length).starts(with: [0x63, 0x82, 0x53, 0x63])
    guard !hasCookie else { return }
    // What is left of the field of the client's hardware address is zero.
    let address = bytes.dropFirst(28).prefix(16)
    guard (1...8).contains(addressLength), address.dropFirst(addressLength).allSatisfy({ $0 == 0 }) else { return nil }
  }
}
