/// Messages of NetBIOS over UDP (RFC 1002 sections 4.2 and 4.4), told by their names: 32 letters from A to P.
enum NetBIOSMessage {
  /// Length of a name's first label, and of a header of names and of datagrams.
  private static let nameLength = 32, headerLength = 12, datagramHeaderLength = 14
  /// Bytes of a name that must be there of a cut message.
  private static let leastCut = 5

  /// - Returns: whether a message of the name service asks; `nil` where it is none.
  static func isRequest(nameService message: ArraySlice<UInt8>, isCut: Bool) -> Bool? {
    var reader = ByteReader(message)
    guard reader.take(2) != nil, let flags = reader.uint16(), let questions = reader.uint16(),
      let answers = reader.uint16(), let authorities = reader.uint16(), let additions = reader.uint16(),
      questions <= 1, answers <= 64, authorities <= 64, additions <= 64,
      hasName(message, at: headerLength, isCut)
    else { return nil }
    let (_, end) = DomainName.read(message, at: headerLength)
    // NB or NBSTAT, and in answers A, NS and NULL too.
    guard case .at(let offset) = end, case var fields = ByteReader(message.dropFirst(offset)),
      let type = fields.uint16(),
      let group = fields.uint16()
    else { return isCut ? flags & 0x8000 == 0 : nil }
    guard [0x20, 0x21, 1, 2, 10].contains(type), group == 1 else { return nil }
    return flags & 0x8000 == 0
  }

  /// Whether it is a message of the datagram service.
  static func isDatagram(_ message: ArraySlice<UInt8>, isCut: Bool) -> Bool {
    let direct = 0x10...0x12, queries = 0x14...0x16, names = 4
    var reader = ByteReader(message)
    guard let type = reader.uint8(), let flags = reader.uint8(), flags & 0xf0 == 0, reader.take(8) != nil else {
      return false
    }
    if queries.contains(type) { return hasName(message, at: datagramHeaderLength - names, isCut) }
    return direct.contains(type) && hasName(message, at: datagramHeaderLength, isCut)
  }

  private static func hasName(_ message: ArraySlice<UInt8>, at offset: Int, _ isCut: Bool) -> Bool {
    let name = message.dropFirst(offset).prefix(1 + nameLength)
    return name.count >= (isCut ? leastCut : 1 + nameLength) && name.first == 0x20
      && name.dropFirst().allSatisfy { (0x41...0x50).contains($0) }
  }
}
