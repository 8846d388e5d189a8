/// Reads the hellos of DTLS, which may come in fragments over several records and datagrams, in any order and more than once (RFC
/// 6347 section 4.2.3, RFC 9147 section 5.5).
struct DTLSHelloReader {
  /// Bytes of a hello put together.
  private static let limit = 16_384
  private static let recordHeader = 13, fragmentHeader = 12

  /// A piece of a handshake message.
  private struct Fragment {
    var type: Int, length: Int, sequence: Int, offset: Int
    var bytes: ArraySlice<UInt8>
  }

  private var pieces = OverlappingBytes(limit: limit)
  private var length = 0
  /// Number of the message: a client says its hello again, with a cookie, when it is asked to.
  private var sequence = -1

  /// Whether a datagram begins with a record that begins with a hello.
  static func mayBegin(_ payload: RawSpan) -> Bool {
    guard payload.byteCount > recordHeader + fragmentHeader, payload.uint8(0) == 22, isVersion(payload.uint16(1)) else {
      return false
    }
    return (1...3).contains(payload.uint8(recordHeader))
  }

  /// Versions in DTLS records; OpenSSL once had its own.
  private static func isVersion(_ version: UInt16) -> Bool { version >> 8 == 0xfe || version == 0x0100 }

  /// Reads a datagram of the client.
  ///
  /// - Returns: the hello that has become whole with it.
  mutating func read(_ datagram: [UInt8]) -> ClientHello? {
    var hello: ClientHello?
    for fragment in Self.fragments(datagram) where fragment.type == TLSHandshake.clientHello {
      if fragment.sequence > sequence {
        (sequence, length) = (fragment.sequence, fragment.length)
        pieces = OverlappingBytes(limit: Self.limit)
      }
      guard fragment.sequence == sequence, fragment.length == length else { continue }
      pieces.insert(fragment.bytes, at: fragment.offset)
      if pieces.prefix.count >= length { hello = ClientHello(pieces.prefix.prefix(length), carrier: .dtls) ?? hello }
    }
    return hello
  }

  /// What is there of a hello whose rest has not come.
  var beginning: ClientHello? {
    sequence < 0 || pieces.prefix.isEmpty ? nil : ClientHello(beginning: pieces.prefix[...], carrier: .dtls)
  }

  /// The version that a server's datagram chooses; `nil` where it holds no hello.
  static func chosenVersion(_ datagram: [UInt8]) -> Int? {
    for fragment in fragments(datagram) where fragment.type == TLSHandshake.serverHello && fragment.offset == 0 {
      return TLSHandshake.chosenVersion(serverHello: fragment.bytes)
    }
    return nil
  }

  /// The pieces of handshake messages in the records of a datagram that are not encrypted.
  private static func fragments(_ datagram: [UInt8]) -> [Fragment] {
    var fragments: [Fragment] = []
    var records = ByteReader(datagram[...])
    while let type = records.uint8(), let version = records.uint16(), isVersion(UInt16(version)),
      let epoch = records.uint16(), records.take(6) != nil, let stated = records.uint16()
    {
      // A record that the capture cut still has its beginning.
      guard let record = records.take(min(stated, records.remaining)) else { break }
      guard type == 22, epoch == 0 else { continue }
      var reader = ByteReader(record)
      while let type = reader.uint8(), let length = reader.uint24(), let sequence = reader.uint16(),
        let offset = reader.uint24(), let count = reader.uint24(), count <= length, offset <= length - count,
        let bytes = reader.take(min(count, reader.remaining))
      {
        fragments.append(Fragment(type: type, length: length, sequence: sequence, offset: offset, bytes: bytes))
      }
    }
    return fragments
  }
}
