/// What may stand in a client's stream before the protocol that the connection is for.
enum StreamOpening: Equatable {
  /// Whom the connection was made for: the header that a load balancer puts before the stream (HAProxy's PROXY protocol,
  /// versions 1 and 2).
  case proxyHeader
  /// SOCKS 4 and 4a, SOCKS 5 (RFC 1928, RFC 1929).
  case socks
  /// A request for TLS in PostgreSQL's, MySQL's, LDAP's (RFC 4511 section 4.14) or RDP's way.
  case tlsRequest

  enum Reading {
    /// Its length in bytes, and the name it asks to be connected to.
    case opening(StreamOpening, length: Int, target: ServerName?)
    case needsMore
    case isNone
  }

  static func read(_ bytes: ArraySlice<UInt8>) -> Reading {
    guard let first = bytes.first else { return .needsMore }
    switch first {
    case 0x50: return proxyLine(bytes)
    case 0x0d: return proxyBlock(bytes)
    case 4: return socks4(bytes)
    case 5: return socks5(bytes)
    case 0x00: return postgreSQL(bytes)
    case 0x03: return remoteDesktop(bytes)
    case 0x20: return mySQL(bytes)
    case 0x30: return ldap(bytes)
    default: return .isNone
    }
  }

  /// Version 1: a line of at most 107 bytes.
  private static func proxyLine(_ bytes: ArraySlice<UInt8>) -> Reading {
    let mark = Array("PROXY ".utf8)
    guard bytes.starts(with: mark) else { return mark.starts(with: bytes) ? .needsMore : .isNone }
    guard let end = bytes.prefix(107).firstIndex(of: 0x0a) else { return bytes.count < 107 ? .needsMore : .isNone }
    guard bytes[end - 1] == 0x0d else { return .isNone }
    return .opening(.proxyHeader, length: end + 1 - bytes.startIndex, target: nil)
  }

  /// Version 2: twelve bytes by which it is known, version and command, family, and the length of the rest.
  private static func proxyBlock(_ bytes: ArraySlice<UInt8>) -> Reading {
    let mark: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
    guard bytes.starts(with: mark) else { return mark.starts(with: bytes) ? .needsMore : .isNone }
    var reader = ByteReader(bytes.dropFirst(mark.count))
    guard let version = reader.uint8(), reader.uint8() != nil else { return .needsMore }
    guard version >> 4 == 2 else { return .isNone }
    guard let length = reader.uint16(), reader.take(length) != nil else { return .needsMore }
    return .opening(.proxyHeader, length: mark.count + 4 + length, target: nil)
  }

  /// A command, port and address, a user name up to a zero, and in 4a a host name up to another.
  private static func socks4(_ bytes: ArraySlice<UInt8>) -> Reading {
    var reader = ByteReader(bytes.dropFirst())
    guard let command = reader.uint8() else { return .needsMore }
    guard command == 1 || command == 2 else { return .isNone }
    guard reader.uint16() != nil, let address = reader.take(4) else { return .needsMore }
    guard let user = text(&reader) else { return reader.remaining < 256 ? .needsMore : .isNone }
    guard user.allSatisfy({ $0 >= 0x20 }) else { return .isNone }
    var target: ServerName?
    if address.starts(with: [0, 0, 0]), address.last != 0 {
      guard let host = text(&reader) else { return reader.remaining < 256 ? .needsMore : .isNone }
      target = ServerName(host: host)
    }
    return .opening(.socks, length: reader.offset - bytes.startIndex, target: target)
  }

  /// Bytes up to a zero, which is passed over.
  private static func text(_ reader: inout ByteReader) -> ArraySlice<UInt8>? {
    var probe = reader
    while let byte = probe.uint8(), probe.offset - reader.offset <= 256 {
      if byte == 0 {
        defer { reader = probe }
        return reader.take(probe.offset - reader.offset)?.dropLast()
      }
    }
    return nil
  }

  /// The methods offered, a name and password where they are asked for, and the request.
  private static func socks5(_ bytes: ArraySlice<UInt8>) -> Reading {
    var reader = ByteReader(bytes.dropFirst())
    guard let count = reader.uint8() else { return .needsMore }
    // More than ten methods have no numbers; those of one's own begin at 0x80.
    guard (1...16).contains(count) else { return .isNone }
    guard let methods = reader.take(count) else { return .needsMore }
    guard methods.allSatisfy({ $0 < 10 || $0 >= 0x80 && $0 < 0xff }) else { return .isNone }
    guard var next = reader.uint8() else { return .needsMore }
    if next == 1 {
      guard reader.vector8() != nil, reader.vector8() != nil, let version = reader.uint8() else { return .needsMore }
      next = version
    }
    guard next == 5 else { return .isNone }
    guard let command = reader.uint8(), let reserved = reader.uint8(), let kind = reader.uint8() else {
      return .needsMore
    }
    guard (1...3).contains(command), reserved == 0 else { return .isNone }
    let address: ArraySlice<UInt8>?
    switch kind {
    case 1: address = reader.take(4)
    case 3: address = reader.vector8()
    case 4: address = reader.take(16)
    default: return .isNone
    }
    guard let address, reader.uint16() != nil else { return .needsMore }
    return .opening(
      .socks, length: reader.offset - bytes.startIndex, target: kind == 3 ? ServerName(host: address) : nil)
  }

  /// SSLRequest and GSSENCRequest of PostgreSQL's protocol: a length of eight and a number that is no version.
  private static func postgreSQL(_ bytes: ArraySlice<UInt8>) -> Reading {
    let mark: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16]
    guard bytes.starts(with: mark) else { return mark.starts(with: bytes) ? .needsMore : .isNone }
    guard let last = bytes.dropFirst(mark.count).first else { return .needsMore }
    return last == 0x2f || last == 0x30 ? .opening(.tlsRequest, length: 8, target: nil) : .isNone
  }

  /// A connection request of X.224 in a TPKT (RFC 2126): RDP goes on with TLS behind it.
  private static func remoteDesktop(_ bytes: ArraySlice<UInt8>) -> Reading {
    var reader = ByteReader(bytes.dropFirst())
    guard let reserved = reader.uint8(), let length = reader.uint16(), reader.uint8() != nil, let kind = reader.uint8()
    else { return .needsMore }
    guard reserved == 0, (11...512).contains(length), kind == 0xe0 else { return .isNone }
    return bytes.count < length ? .needsMore : .opening(.tlsRequest, length: length, target: nil)
  }

  /// MySQL's SSLRequest: a packet of 32 bytes, the client's first, with the bit for TLS among its capabilities.
  private static func mySQL(_ bytes: ArraySlice<UInt8>) -> Reading {
    let mark: [UInt8] = [0x20, 0, 0, 1]
    guard bytes.starts(with: mark) else { return mark.starts(with: bytes) ? .needsMore : .isNone }
    guard bytes.count >= 36 else { return .needsMore }
    let content = Array(bytes.dropFirst(4).prefix(32))
    guard content[1] & 0x08 != 0, content[9..<28].allSatisfy({ $0 == 0 }) else { return .isNone }
    return .opening(.tlsRequest, length: 36, target: nil)
  }

  /// An LDAP message that holds the name of StartTLS.
  private static func ldap(_ bytes: ArraySlice<UInt8>) -> Reading {
    let name = Array("1.3.6.1.4.1.1466.20037".utf8)
    var reader = ByteReader(bytes.dropFirst())
    guard var length = reader.uint8() else { return .needsMore }
    if length > 0x80 {
      guard length <= 0x84 else { return .isNone }
      guard let digits = reader.take(length - 0x80) else { return .needsMore }
      length = digits.reduce(0) { $0 << 8 | Int($1) }
    }
    guard (29...256).contains(length) else { return .isNone }
    guard let message = reader.take(length) else { return .needsMore }
    guard message.first == 2, message.dropFirst(message.count - name.count).elementsEqual(name) else { return .isNone }
    return .opening(.tlsRequest, length: reader.offset - bytes.startIndex, target: nil)
  }
}
