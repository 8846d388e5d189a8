/// What a TLS Client Hello offers (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2; DTLS: RFC 6347 section 4.2.1).
package struct ClientHello: Equatable {
  enum Carrier: Equatable { case tcp, quic, dtls }

  var carrier: Carrier
  /// `legacy_version` as it stands in the message.
  var version = 0
  var ciphers: [Int] = []
  /// Types of the extensions in order.
  var extensions: [Int] = []
  var groups: [Int] = []
  var pointFormats: [Int] = []
  var signatureAlgorithms: [Int] = []
  var supportedVersions: [Int] = []
  package var serverName: ServerName?
  /// Protocols of ALPN (RFC 7301), raw.
  var protocols: [[UInt8]] = []

  /// - Parameter body: the handshake message without its header.
  /// - Returns: `nil` where it is no whole Client Hello.
  init?(_ body: ArraySlice<UInt8>, carrier: Carrier) {
    self.init(body, carrier: carrier, isCut: false)
  }

  /// What can be told of a hello whose rest was not captured: its names, not its fingerprints.
  ///
  /// - Parameter body: the beginning of the handshake message without its header.
  init?(beginning body: ArraySlice<UInt8>, carrier: Carrier) {
    self.init(body, carrier: carrier, isCut: true)
  }

  private init?(_ body: ArraySlice<UInt8>, carrier: Carrier, isCut: Bool) {
    self.carrier = carrier
    var reader = ByteReader(body)
    guard let version = reader.uint16(), reader.take(32) != nil, reader.vector8() != nil else { return nil }
    self.version = version
    if carrier == .dtls, reader.vector8() == nil { return nil }
    guard let ciphers = reader.vector16(), reader.vector8() != nil else { return nil }
    self.ciphers = Self.pairs(ciphers)
    // Before TLS 1.2 a hello may end here.
    guard reader.remaining > 0 else { return }
    var whole = reader
    if let extensions = whole.vector16() {
      readExtensions(extensions)
    } else if isCut, reader.uint16() != nil, let extensions = reader.take(reader.remaining) {
      readExtensions(extensions)
    } else {
      return nil
    }
  }

  private mutating func readExtensions(_ bytes: ArraySlice<UInt8>) {
    var reader = ByteReader(bytes)
    while let type = reader.uint16(), let content = reader.vector16() {
      extensions.append(type)
      var inner = ByteReader(content)
      switch type {
      case 0: serverName = Self.hostName(content)
      case 10: groups = inner.vector16().map(Self.pairs) ?? []
      case 11: pointFormats = inner.vector8()?.map { Int($0) } ?? []
      case 13: signatureAlgorithms = inner.vector16().map(Self.pairs) ?? []
      case 16: protocols = inner.vector16().map(Self.names) ?? []
      case 43: supportedVersions = inner.vector8().map(Self.pairs) ?? []
      default: continue
      }
    }
  }

  /// RFC 6066 section 3: the first name of type 0.
  private static func hostName(_ content: ArraySlice<UInt8>) -> ServerName? {
    var reader = ByteReader(content)
    guard let list = reader.vector16() else { return nil }
    var names = ByteReader(list)
    while let type = names.uint8(), let name = names.vector16() {
      if type == 0 { return ServerName(serverNameIndication: name) }
    }
    return nil
  }

  private static func names(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var reader = ByteReader(bytes)
    var names: [[UInt8]] = []
    while let name = reader.vector8() { names.append(Array(name)) }
    return names
  }

  private static func pairs(_ bytes: ArraySlice<UInt8>) -> [Int] {
    var reader = ByteReader(bytes)
    var values: [Int] = []
    while let value = reader.uint16() { values.append(value) }
    return values
  }

  /// Values that clients put in to keep servers tolerant (RFC 8701).
  static func isGREASE(_ value: Int) -> Bool { value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff }

  /// The highest version offered.
  var highestVersion: Int {
    let offered = supportedVersions.filter { !Self.isGREASE($0) }
    // DTLS counts down.
    return (carrier == .dtls ? offered.min() : offered.max()) ?? version
  }

  /// Names such as `TLSv1.3`.
  static func versionName(_ version: Int) -> String? {
    switch version {
    case 0x0002: "SSLv2"
    case 0x0300: "SSLv3"
    case 0x0301: "TLSv1.0"
    case 0x0302: "TLSv1.1"
    case 0x0303: "TLSv1.2"
    case 0x0304: "TLSv1.3"
    case 0x7f00...0x7fff: "TLSv1.3"
    case 0xfeff, 0x0100: "DTLSv1.0"
    case 0xfefd: "DTLSv1.2"
    case 0xfefc: "DTLSv1.3"
    default: nil
    }
  }
}
