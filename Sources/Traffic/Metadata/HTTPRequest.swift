/// The head of an HTTP/1 request (RFC 9112).
struct HTTPRequest {
  /// Whom the request is for: the authority of its target where that has one, which beats the field Host (RFC 9112
  /// section 3.2.2).
  var host: ServerName?
  var userAgent: String?
  /// Whether a proxy is asked to open a tunnel (RFC 9110 section 9.3.6).
  var isConnect = false
  /// Bytes of the head with the empty line behind it; `nil` where it has not ended yet.
  var length: Int?

  /// Bytes of a head looked through.
  static let limit = 8192

  enum Reading {
    case request(HTTPRequest)
    /// The first line has not ended.
    case needsMore
    case isNone
  }

  /// Reads a head, as far as it is there.
  ///
  /// - Parameter bytes: a client's stream from the request on; empty lines before it are passed over.
  static func read(_ bytes: ArraySlice<UInt8>) -> Reading {
    let head = bytes.prefix(limit)
    guard let start = head.firstIndex(where: { $0 != 0x0d && $0 != 0x0a }) else { return .needsMore }
    guard let end = head[start...].firstIndex(of: 0x0a) else { return head.count < limit ? .needsMore : .isNone }
    guard var request = HTTPRequest(line: withoutReturn(head[start..<end])) else { return .isNone }
    request.readFields(head[(end + 1)...], from: bytes.startIndex)
    if request.length == nil, bytes.count >= limit { request.length = limit }
    return .request(request)
  }

  /// Whether bytes may begin a response.
  static func isResponse(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.starts(with: "HTTP/1.".utf8) }

  /// - Parameter line: method, target and version with one blank between each. A method is any token (RFC 9110 section
  ///   5.6.2).
  private init?(line: ArraySlice<UInt8>) {
    guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last,
      first > line.startIndex, line[..<first].allSatisfy(Self.isTokenCharacter)
    else { return nil }
    let version = line[(last + 1)...]
    guard version.count == 8, version.starts(with: "HTTP/1.".utf8), (0x30...0x39).contains(version[last + 8]) else {
      return nil
    }
    let target = line[(first + 1)..<last]
    isConnect = line[..<first].elementsEqual("CONNECT".utf8)
    host = isConnect ? ServerName(host: target) : Self.authority(target).flatMap { ServerName(host: $0) }
  }

  /// The authority of a target in absolute form (RFC 9112 section 3.2.2), such as `http://www.example.test/a`.
  private static func authority(_ target: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let colon = target.firstIndex(of: 0x3a), target[colon...].starts(with: "://".utf8),
      target[..<colon].allSatisfy({ isTokenCharacter($0) })
    else { return nil }
    return target[(colon + 3)...].prefix { !"/?#".utf8.contains($0) }
  }

  private mutating func readFields(_ bytes: ArraySlice<UInt8>, from start: Int) {
    var rest = bytes
    var hasHost = false
    // The last line may go on.
    while let end = rest.firstIndex(of: 0x0a) {
      let line = Self.withoutReturn(rest[..<end])
      rest = rest[(end + 1)...]
      if line.isEmpty {
        length = rest.startIndex - start
        return
      }
      guard let colon = line.firstIndex(of: 0x3a) else { continue }
      let value = Self.trimmed(line[(colon + 1)...])
      if Self.isName(line[..<colon], "host"), !hasHost {
        hasHost = true
        if host == nil { host = ServerName(host: value) }
      }
      if Self.isName(line[..<colon], "user-agent"), userAgent == nil { userAgent = WireText.text(value) }
    }
  }

  private static func isName(_ field: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
    field.count == name.utf8CodeUnitCount && field.elementsEqual(name.description.utf8) { $0 | 0x20 == $1 }
  }

  private static func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == 0x0d ? line.dropLast() : line
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
    return bytes
  }
}
