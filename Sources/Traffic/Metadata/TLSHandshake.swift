/// Takes the first handshake message out of TLS records (RFC 8446 section 5.1), DTLS records (RFC 6347 section 4), or QUIC's
/// crypto frames.
enum TLSHandshake {
  static let clientHello = 1, serverHello = 2

  enum Outcome: Equatable {
    /// Its type and its body.
    case message(Int, ArraySlice<UInt8>)
    case needsMore
    case isNone
  }

  /// The longest hello believed.
  private static let limit = 65_536

  /// The first message of a stream of TLS records, of which one may end inside the message.
  static func first(inRecords bytes: [UInt8]) -> Outcome {
    var reader = ByteReader(bytes[...])
    var content: [UInt8] = []
    while reader.remaining >= 5 {
      guard let type = reader.uint8(), let version = reader.uint16(), let length = reader.uint16(), type == 22,
        version >> 8 == 3, length > 0, length <= 18_432
      else { return content.isEmpty ? .isNone : first(in: content) }
      let available = min(length, reader.remaining)
      content += reader.take(available) ?? []
      if case .needsMore = first(in: content) { continue }
      return first(in: content)
    }
    if content.isEmpty, let type = bytes.first, type != 22 { return .isNone }
    return .needsMore
  }

  /// The first message where no records stand around it.
  static func first(in content: [UInt8]) -> Outcome {
    var reader = ByteReader(content[...])
    guard let type = reader.uint8() else { return .needsMore }
    guard type == clientHello || type == serverHello else { return .isNone }
    guard let length = reader.uint24() else { return .needsMore }
    guard length <= limit else { return .isNone }
    return reader.take(length).map { .message(type, $0) } ?? .needsMore
  }

  /// The names of a Client Hello in a stream of TLS records that ends inside of it.
  static func beginningOfClientHello(inRecords bytes: [UInt8]) -> ClientHello? {
    var reader = ByteReader(bytes[...])
    var content: [UInt8] = []
    while let type = reader.uint8(), type == 22, let version = reader.uint16(), version >> 8 == 3,
      let length = reader.uint16()
    {
      content += reader.take(min(length, reader.remaining)) ?? []
    }
    return beginningOfClientHello(in: content)
  }

  /// The same where no records stand around it.
  static func beginningOfClientHello(in content: [UInt8]) -> ClientHello? {
    var reader = ByteReader(content[...])
    guard reader.uint8() == clientHello, let length = reader.uint24(), length <= limit else { return nil }
    return reader.take(reader.remaining).flatMap { ClientHello(beginning: $0, carrier: .tcp) }
  }

  /// The version a server chose: of its extension 43, else the one of the hello (RFC 8446 section 4.2.1).
  static func chosenVersion(serverHello body: ArraySlice<UInt8>) -> Int? {
    var reader = ByteReader(body)
    guard let version = reader.uint16(), reader.take(32) != nil, reader.vector8() != nil, reader.take(3) != nil else {
      return nil
    }
    var extensions = ByteReader(reader.vector16() ?? [])
    while let type = extensions.uint16(), var content = extensions.vector16().map({ ByteReader($0) }) {
      if type == 43 { return content.uint16() ?? version }
    }
    return version
  }
}
