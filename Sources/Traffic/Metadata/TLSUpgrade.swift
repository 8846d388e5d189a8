/// A TLS hello behind the words of another protocol, by which the client asked for it: STARTTLS and its kin.
enum TLSUpgrade {
  /// Where a Client Hello begins behind a request for TLS.
  ///
  /// The request has to be the last that the client said: a hello quoted in a mail or a document is none.
  ///
  /// - Parameter bytes: a client's stream, which begins with text.
  static func hello(in bytes: ArraySlice<UInt8>) -> Int? {
    var rest = bytes.dropFirst()
    while let start = rest.firstIndex(of: 22) {
      rest = rest[(start + 1)...]
      guard isHello(bytes[start...], type: TLSHandshake.clientHello) else { continue }
      if isRequest(bytes[..<start]) { return start }
    }
    return nil
  }

  /// Where a Server Hello begins behind whatever a server says before it. Only to be asked where the client's hello has
  /// been found.
  static func answer(in bytes: ArraySlice<UInt8>) -> Int? {
    var rest = bytes
    while let start = rest.firstIndex(of: 22) {
      rest = rest[(start + 1)...]
      if isHello(bytes[start...], type: TLSHandshake.serverHello) { return start }
    }
    return nil
  }

  /// Whether a handshake record that begins with a hello seems to stand here.
  private static func isHello(_ bytes: ArraySlice<UInt8>, type: Int) -> Bool {
    var reader = ByteReader(bytes)
    return reader.uint8() == 22 && reader.uint8() == 3 && (reader.uint8() ?? 9) <= 4 && (reader.uint16() ?? 0) >= 4
      && reader.uint8() == type && reader.uint8() == 0
  }

  /// SMTP (RFC 3207), IMAP and ManageSieve (a tag may stand before the word), NNTP, IRC: `STARTTLS`; POP3: `STLS` (RFC
  /// 2595); FTP: `AUTH TLS` (RFC 4217); XMPP: `<starttls .../>` (RFC 6120 section 5).
  private static func isRequest(_ said: ArraySlice<UInt8>) -> Bool {
    var text = said.suffix(512)
    if text.last == 0x3e { return contains(lowercased(text), "<starttls") }
    guard text.last == 0x0a else { return false }
    text = text.dropLast(text.dropLast().last == 0x0d ? 2 : 1)
    let line = text.lastIndex(of: 0x0a).map { text[($0 + 1)...] } ?? text
    let words = lowercased(line).split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
    switch words.last {
    case "starttls", "stls": return words.count <= 2
    case "tls", "ssl", "tls-c", "tls-p": return words.count == 2 && words[0] == "auth"
    default: return false
    }
  }

  private static func lowercased(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func contains(_ text: [UInt8], _ word: String) -> Bool {
    let word = Array(word.utf8)
    guard text.count >= word.count else { return false }
    return (0...text.count - word.count).contains { text[$0...].starts(with: word) }
  }
}
