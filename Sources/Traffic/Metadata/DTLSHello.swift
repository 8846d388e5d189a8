/// Reads the hellos of DTLS out of datagrams: several records in one, messages in fragments over several, in any order and
/// repeated (RFC 6347 section 4.2.3, RFC 9147 section 5.5).
///
/// Where a server asks for a cookie, the client's second hello is another message with a later number and replaces the first.
package struct DTLSHelloReader {
  /// A handshake message that is put together.
  private struct Message {
    var type: Int, sequence: Int, length: Int
    var bytes: OverlappingBytes
  }

  /// Bytes of a hello believed, messages in work at a time, and messages of one datagram looked at.
  private static let limit = 16_384, openLimit = 4, fragmentLimit = 64
  private static let handshake = 22

  private var open: [Message] = []
  /// Number of the last hello that was whole.
  private var lastHello = 0

  package init() {}

  /// Versions in DTLS records; OpenSSL once had its own.
  private static func isVersion(_ version: Int) -> Bool { version >> 8 == 0xfe || version == 0x0100 }

  /// Whether a payload begins with a record that a hello, or a server's answer to it, may begin in.
  package static func mayBegin(_ payload: RawSpan) -> Bool {
    payload.byteCount > 25 && payload.uint8(0) == UInt8(handshake) && isVersion(Int(payload.uint16(1)))
      && (1...3).contains(payload.uint8(13))
  }

  /// Reads a client's datagram.
  ///
  /// - Returns: a hello that this datagram completes, the last one where there are several.
  package mutating func read(_ datagram: [UInt8]) -> ClientHello? {
    var found: ClientHello?
    for (sequence, body) in messages(TLSHandshake.clientHello, in: datagram) where sequence >= lastHello {
      guard let hello = ClientHello(body[...], carrier: .dtls) else { continue }
      lastHello = sequence
      found = hello
    }
    return found
  }

  /// What is there of a hello whose rest has not come.
  var beginning: ClientHello? {
    open.last { $0.type == TLSHandshake.clientHello }.flatMap {
      ClientHello(beginning: $0.bytes.prefix[...], carrier: .dtls)
    }
  }

  /// Reads a server's datagram.
  ///
  /// - Returns: the version of a Server Hello that this datagram completes.
  package mutating func chosenVersion(_ datagram: [UInt8]) -> Int? {
    messages(TLSHandshake.serverHello, in: datagram).compactMap {
      TLSHandshake.chosenVersion(serverHello: $0.body[...])
    }.last
  }

  /// Messages of a type that a datagram completes.
  private mutating func messages(_ type: Int, in datagram: [UInt8]) -> [(sequence: Int, body: [UInt8])] {
    var whole: [(sequence: Int, body: [UInt8])] = []
    var reader = ByteReader(datagram[...])
    var fragments = 0
    while let content = reader.uint8(), let version = reader.uint16(), Self.isVersion(version), reader.take(8) != nil,
      let length = reader.uint16(), let record = reader.take(min(length, reader.remaining))
    {
      guard content == Self.handshake else { continue }
      var inner = ByteReader(record)
      while let kind = inner.uint8(), let total = inner.uint24(), let sequence = inner.uint16(),
        let offset = inner.uint24(), let count = inner.uint24(), fragments < Self.fragmentLimit
      {
        fragments += 1
        guard offset + count <= total, let piece = inner.take(min(count, inner.remaining)) else { break }
        guard kind == type, total <= Self.limit else { continue }
        if let body = add(piece, at: offset, of: (type, sequence, total)) { whole.append((sequence, body)) }
      }
    }
    return whole
  }

  /// - Returns: the message, where it is whole now.
  private mutating func add(
    _ piece: ArraySlice<UInt8>, at offset: Int, of message: (type: Int, sequence: Int, length: Int)
  ) -> [UInt8]? {
    let known = open.firstIndex {
      $0.type == message.type && $0.sequence == message.sequence && $0.length == message.length
    }
    if known == nil {
      if open.count == Self.openLimit { open.removeFirst() }
      open.append(
        Message(
          type: message.type, sequence: message.sequence, length: message.length,
          bytes: OverlappingBytes(limit: Self.limit)))
    }
    let index = known ?? open.count - 1
    open[index].bytes.insert(piece, at: offset)
    guard open[index].bytes.prefix.count >= message.length else { return nil }
    return Array(open.remove(at: index).bytes.prefix.prefix(message.length))
  }
}
