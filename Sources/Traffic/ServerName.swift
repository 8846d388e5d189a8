/// The name an originator asks for, read from one packet's payload: the server name of a TLS Client Hello (RFC 6066), the Host
/// of an HTTP/1 request (RFC 9112), or the question of a DNS query (RFC 1035).
///
/// Total: whatever the bytes, the answer is a name or `nil`. A Client Hello that goes on in another segment is read as
/// far as the first reaches.
enum ServerName {
  /// The longest name believed: what DNS allows.
  private static let lengthLimit = 255

  static func find(_ payload: RawSpan, proto: UInt8, responderPort: UInt16) -> String? {
    if responderPort == 53 { return dns(payload, from: proto == 6 ? 2 : 0) }
    guard proto == 6, payload.byteCount > 16 else { return nil }
    return payload.uint8(0) == 22 ? tls(payload) : http(payload)
  }

  // MARK: TLS

  private static func tls(_ bytes: RawSpan) -> String? {
    // Record: type 22, version, length; handshake: type 1, length; then version and random.
    guard bytes.byteCount >= 44, bytes.uint8(1) == 3, bytes.uint8(5) == 1 else { return nil }
    var offset = 43
    // Session id, cipher suites, compression methods: each a length and as many bytes.
    guard skip(bytes, &offset, lengthBytes: 1), skip(bytes, &offset, lengthBytes: 2),
      skip(bytes, &offset, lengthBytes: 1)
    else { return nil }
    offset += 2
    while offset + 4 <= bytes.byteCount {
      let type = bytes.uint16(offset)
      let length = Int(bytes.uint16(offset + 2))
      // Extension 0: a list of names, of which the first is a host name (type 0).
      if type == 0, length >= 5, offset + 9 <= bytes.byteCount, bytes.uint8(offset + 6) == 0 {
        return name(bytes, offset + 9, Int(bytes.uint16(offset + 7)))
      }
      offset += 4 + length
    }
    return nil
  }

  private static func skip(_ bytes: RawSpan, _ offset: inout Int, lengthBytes: Int) -> Bool {
    guard offset + lengthBytes <= bytes.byteCount else { return false }
    let length = lengthBytes == 1 ? Int(bytes.uint8(offset)) : Int(bytes.uint16(offset))
    offset += lengthBytes + length
    return offset <= bytes.byteCount
  }

  // MARK: HTTP

  /// Bytes of a request looked through for its Host line.
  private static let headLimit = 2048

  private static func http(_ bytes: RawSpan) -> String? {
    // A method is three to seven capital letters and a blank.
    let method = (0..<8).first { !(0x41...0x5a).contains(bytes.uint8($0)) } ?? 0
    guard method >= 3, bytes.uint8(method) == 0x20 else { return nil }
    let end = min(bytes.byteCount, headLimit)
    let field: [UInt8] = Array("\nhost:".utf8)
    for start in 0..<max(0, end - field.count) where bytes.uint8(start) == field[0] {
      // Letters differ from their capitals in one bit; the colon has that bit anyway.
      guard (1..<field.count).allSatisfy({ bytes.uint8(start + $0) | 0x20 == field[$0] }) else { continue }
      var first = start + field.count
      while first < end, bytes.uint8(first) == 0x20 || bytes.uint8(first) == 0x09 { first += 1 }
      let length = (first..<end).first { bytes.uint8($0) <= 0x20 }.map { $0 - first }
      return length.flatMap { name(bytes, first, $0) }
    }
    return nil
  }

  // MARK: DNS

  /// - Parameter start: 0 for UDP, 2 for TCP, where a length comes first.
  private static func dns(_ bytes: RawSpan, from start: Int) -> String? {
    guard bytes.byteCount >= start + 12, bytes.uint16(start + 4) >= 1 else { return nil }
    var labels: [String] = []
    var offset = start + 12
    var total = 0
    while offset < bytes.byteCount {
      let length = Int(bytes.uint8(offset))
      if length == 0 { return labels.isEmpty ? nil : labels.joined(separator: ".") }
      // A question is not compressed: a pointer here is no name.
      total += length + 1
      guard length < 64, total <= lengthLimit, let label = name(bytes, offset + 1, length) else { return nil }
      labels.append(label)
      offset += 1 + length
    }
    return nil
  }

  /// Printable ASCII without blanks, which is what names on the wire are; anything else is no name.
  private static func name(_ bytes: RawSpan, _ start: Int, _ length: Int) -> String? {
    guard (1...lengthLimit).contains(length), start + length <= bytes.byteCount else { return nil }
    let text = (start..<start + length).map { bytes.uint8($0) }
    guard text.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    return String(decoding: text, as: UTF8.self)
  }
}
