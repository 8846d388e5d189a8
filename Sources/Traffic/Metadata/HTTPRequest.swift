/// The head of an HTTP/1 request (RFC 9112).
struct HTTPRequest {
  var host: String?
  var userAgent: String?

  /// Bytes of a head looked through.
  static let limit = 8192

  /// Whether bytes may begin a request: a method of three to seventeen capital letters and a blank.
  static func mayBegin(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 4 else { return false }
    let end = min(bytes.byteCount, 18)
    let method = (0..<end).first { !(0x41...0x5a).contains(bytes.uint8($0)) } ?? end
    return method >= 3 && method < end && bytes.uint8(method) == 0x20
  }

  /// - Returns: what was found so far; `isWhole` once the head has ended.
  static func parse(_ bytes: [UInt8]) -> (request: HTTPRequest, isWhole: Bool) {
    var request = HTTPRequest()
    let lines = bytes.prefix(limit).split(separator: 0x0a, omittingEmptySubsequences: false)
    // The last line may go on.
    for line in lines.dropFirst().dropLast() {
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.isEmpty { return (request, true) }
      guard let colon = line.firstIndex(of: 0x3a) else { continue }
      let field = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      let value = trimmed(line[(colon + 1)...])
      if field == "host", request.host == nil { request.host = WireText.name(value) }
      if field == "user-agent", request.userAgent == nil { request.userAgent = WireText.printable(value) }
    }
    return (request, bytes.count >= limit)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
    return bytes
  }
}

/// The line by which both ends of SSH begin (RFC 4253 section 4.2).
enum SSHBanner {
  /// - Returns: the banner without its line end; `nil` where there is none (yet).
  static func parse(_ bytes: [UInt8]) -> String? {
    // A server may say something else first.
    for line in bytes.prefix(4096).split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
    where line.starts(with: Array("SSH-".utf8)) {
      return WireText.printable(line.last == 0x0d ? line.dropLast() : line)
    }
    return nil
  }
}
