/// DNS over TCP: messages behind their length in two bytes (RFC 7766 section 8).
package enum DNSStream {
  package enum Outcome {
    /// A message, and the offset behind it.
    case message(DNSMessage, end: Int)
    /// What is there may be the beginning of a message.
    case needsMore
    case isNone
  }

  private static let headerLength = 12

  /// The message that begins at an offset of a stream.
  package static func next(in stream: ArraySlice<UInt8>, at offset: Int) -> Outcome {
    var reader = ByteReader(stream.dropFirst(offset))
    guard let length = reader.uint16() else { return .needsMore }
    guard length >= headerLength else { return .isNone }
    let bytes = stream[reader.offset...].prefix(length)
    guard bytes.count >= headerLength else { return .needsMore }
    guard let message = DNSMessage(bytes, wholeLength: length) else { return .isNone }
    return bytes.count < length ? .needsMore : .message(message, end: offset + 2 + length)
  }

  /// What can be read of a message whose rest will not come; `nil` where there is none.
  static func beginning(of stream: ArraySlice<UInt8>) -> DNSMessage? {
    var reader = ByteReader(stream)
    guard let length = reader.uint16(), length >= headerLength, reader.remaining >= headerLength else { return nil }
    return DNSMessage(stream[reader.offset...].prefix(length), wholeLength: length)
  }
}
