/// What a client of HTTP/2 asks first (RFC 9113).
package struct HTTP2Request: Equatable {
  /// Of `:authority`; of `host` only where there is none.
  package var authority: ServerName? { pseudoHeader ?? host }
  package private(set) var userAgent: String?
  private var pseudoHeader: ServerName?
  private var host: ServerName?

  /// The connection preface (RFC 9113 section 3.4).
  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private enum Frame {
    static let headers = 1, continuation = 9
    static let endHeaders = 4, padded = 8, priority = 32
  }
  /// Frames, and among them header blocks, looked through.
  private static let frameLimit = 200, blockLimit = 8

  /// - Parameter bytes: a client's stream from the preface on.
  /// - Returns: what was found so far, and whether nothing more is to be expected; `nil` without a preface.
  package static func parse(_ bytes: ArraySlice<UInt8>) -> (request: HTTP2Request, isWhole: Bool)? {
    guard bytes.starts(with: preface) else { return nil }
    var request = HTTP2Request()
    var reader = ByteReader(bytes.dropFirst(preface.count))
    var decoder = HPACKDecoder()
    var block: [UInt8]?
    var blocks = 0
    for _ in 0..<frameLimit {
      guard let length = reader.uint24(), let type = reader.uint8(), let flags = reader.uint8(), reader.take(4) != nil
      else { return (request, false) }
      let isThere = reader.remaining >= length
      let payload = reader.take(min(length, reader.remaining)) ?? []
      // Only a block's own continuation may follow its beginning (RFC 9113 section 6.10).
      switch (type, block) {
      case (Frame.headers, nil):
        guard let beginning = fragment(payload, flags, isThere) else { return (request, isThere) }
        block = Array(beginning)
      case (Frame.continuation, let begun?): block = begun + payload
      case (_, nil) where type != Frame.continuation:
        guard isThere else { return (request, false) }
        continue
      default: return (request, true)
      }
      guard flags & Frame.endHeaders != 0 || !isThere else { continue }
      let (fields, isSound) = decoder.decode((block ?? [])[...])
      request.take(fields)
      guard isThere else { return (request, false) }
      block = nil
      blocks += 1
      if request.authority != nil || !isSound || blocks == blockLimit { return (request, true) }
    }
    return (request, true)
  }

  /// The piece of a header block in a HEADERS frame (RFC 9113 section 6.2).
  private static func fragment(_ payload: ArraySlice<UInt8>, _ flags: Int, _ isThere: Bool) -> ArraySlice<UInt8>? {
    var reader = ByteReader(payload)
    var padding = 0
    if flags & Frame.padded != 0 {
      guard let count = reader.uint8() else { return nil }
      padding = count
    }
    if flags & Frame.priority != 0, reader.take(5) == nil { return nil }
    return reader.take(isThere ? reader.remaining - padding : reader.remaining)
  }

  private mutating func take(_ fields: [HPACKDecoder.Field]) {
    for field in fields {
      switch field.name {
      case Array(":authority".utf8): pseudoHeader = pseudoHeader ?? ServerName(host: field.value[...])
      case Array("host".utf8): host = host ?? ServerName(host: field.value[...])
      case Array("user-agent".utf8): userAgent = userAgent ?? WireText.text(field.value[...])
      default: continue
      }
    }
  }
}
