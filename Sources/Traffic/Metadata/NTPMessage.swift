/// A message of NTP (RFC 5905 section 7.3), its control messages (RFC 9327) and the private ones of ntpdc.
struct NTPMessage {
  /// `nil` for a broadcast.
  let isRequest: Bool?

  private enum Mode { static let active = 1, passive = 2, client = 3, server = 4, broadcast = 5, control = 6 }
  private static let headerLength = 48
  /// Lengths of a key's number alone (a refusal) and with an MD5, SHA-1 or SHA-256 digest behind it.
  private static let signatures = [0, 4, 20, 24, 36]

  init?(_ bytes: ArraySlice<UInt8>, isCut: Bool) {
    var reader = ByteReader(bytes)
    guard let first = reader.uint8(), (1...4).contains(first >> 3 & 7) else { return nil }
    switch first & 7 {
    case Mode.active...Mode.broadcast:
      guard Self.isTime(&reader, isServer: first & 7 >= Mode.server, isCut: isCut) else { return nil }
      isRequest = [Mode.active: true, Mode.passive: false, Mode.client: true, Mode.server: false][first & 7]
    case Mode.control:
      guard first >> 6 == 0, let isResponse = Self.control(&reader, isCut: isCut) else { return nil }
      isRequest = !isResponse
    case 7:
      guard let isResponse = Self.private(first, &reader, isCut: isCut) else { return nil }
      isRequest = !isResponse
    default: return nil
    }
  }

  private static func isTime(_ reader: inout ByteReader, isServer: Bool, isCut: Bool) -> Bool {
    // Beyond these ranges lies nothing a clock has; clients that hide theirs send a precision of 32.
    guard let stratum = reader.uint8(), stratum <= 16, let poll = reader.uint8(), poll <= 17 || poll >= 0xfa,
      let precision = reader.uint8(), precision >= 0xd8 || precision == 0 || precision == 32 && !isServer,
      // Delay and dispersion: below 1024 s, of which real ones have less than 16.
      let delay = reader.uint16(), delay < 1024 || delay >= 0xfc00, reader.take(2) != nil,
      let dispersion = reader.uint16(), dispersion < 1024
    else { return isCut && reader.remaining == 0 }
    guard reader.take(headerLength - 10) != nil else { return isCut }
    return isTail(&reader) || isCut
  }

  /// Extension fields (RFC 7822) and a signature, or one of them, or nothing.
  private static func isTail(_ reader: inout ByteReader) -> Bool {
    while !signatures.contains(reader.remaining) {
      guard reader.take(2) != nil, let length = reader.uint16(), length >= 16, length % 4 == 0,
        reader.take(length - 4) != nil
      else { return false }
    }
    return true
  }

  /// - Returns: whether it answers; `nil` where it is none.
  private static func control(_ reader: inout ByteReader, isCut: Bool) -> Bool? {
    guard let operation = reader.uint8(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 31].contains(operation & 31),
      reader.take(8) != nil, let count = reader.uint16(), count <= 468
    else { return nil }
    let padding = (4 - count % 4) % 4
    let isWhole = reader.remaining - count == 0 || signatures.contains(reader.remaining - count - padding)
    return isWhole || isCut && reader.remaining < count ? operation & 0x80 != 0 : nil
  }

  /// Responses hold whole items; requests may be filled up with zeros.
  private static func `private`(_ first: Int, _ reader: inout ByteReader, isCut: Bool) -> Bool? {
    guard reader.take(1) != nil, let implementation = reader.uint8(), [0, 2, 3].contains(implementation),
      let code = reader.uint8(), code <= 64, let items = reader.uint16(), let size = reader.uint16(), size >> 12 == 0
    else { return nil }
    let count = (items & 0xfff) * size, isResponse = first & 0x80 != 0
    guard let data = reader.take(min(count, reader.remaining)), data.count == count || isCut else { return nil }
    let rest = reader.take(reader.remaining) ?? []
    guard rest.isEmpty || !isResponse && rest.count <= 184 && (rest.allSatisfy { $0 == 0 }) else { return nil }
    return isResponse
  }
}
