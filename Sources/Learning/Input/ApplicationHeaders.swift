import Records

/// Headers at the start of a payload that can be told from its first bytes or its ports.
enum ApplicationHeaders {
  /// The five-byte headers of the TLS records that begin in a payload, counted from its start.
  ///
  /// Records are followed from the first byte on, so a segment that begins within a record has none. RFC 8446, section 5.1:
  /// types 20 to 24, versions 3.0 to 3.4, at most 2^14 + 2048 bytes (RFC 5246, section 6.2.3).
  static func tlsRecords(_ payload: ArraySlice<UInt8>) -> [Range<Int>] {
    var headers: [Range<Int>] = []
    var place = payload.startIndex
    while payload.endIndex - place >= 5, (20...24).contains(payload[place]), payload[place + 1] == 3,
      payload[place + 2] <= 4
    {
      let length = Int(payload[place + 3]) << 8 | Int(payload[place + 4])
      guard length > 0, length <= 16_384 + 2048 else { break }
      let start = place - payload.startIndex
      headers.append(start..<start + 5)
      place += 5 + length
    }
    return headers
  }

  /// Ports of DNS, multicast DNS and LLMNR, whose messages begin alike.
  static func isDNS(_ record: FlowRecord) -> Bool {
    let ports: Set<UInt16> = [53, 5353, 5355]
    return ports.contains(record.originator.port) || ports.contains(record.responder.port)
  }

  /// Length of a QUIC long header from its first byte to the end of the connection identifiers (RFC 9000, section 17.2), 0
  /// where there is none of version 1 or 2 (RFC 9369). It may reach beyond the payload.
  static func quicLongHeaderLength(_ payload: ArraySlice<UInt8>) -> Int {
    let first = payload.startIndex
    guard payload.count >= 6, payload[first] & 0xc0 == 0xc0 else { return 0 }
    let version = payload[first + 1...first + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let destination = Int(payload[first + 5])
    guard version == 1 || version == 0x6b33_43cf, destination <= 20 else { return 0 }
    guard payload.count > 6 + destination else { return 6 + destination }
    let source = Int(payload[first + 6 + destination])
    return source <= 20 ? 7 + destination + source : 0
  }
}
