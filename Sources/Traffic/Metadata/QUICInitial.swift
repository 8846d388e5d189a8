import Evidence

/// Opens the Initial packets of a QUIC client, whose keys follow from what is on the wire (RFC 9001 section 5, RFC 9369).
struct QUICInitial {
  /// What differs between versions.
  private struct Version {
    var salt: [UInt8]
    var labelPrefix: String
    var initialType: Int

    private init(_ salt: String, labelPrefix: String = "quic ", initialType: Int = 0) {
      self.salt = Self.bytes(salt)
      self.labelPrefix = labelPrefix
      self.initialType = initialType
    }

    private static let one = Self("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
    private static let two = Self(
      "0dede3def700a6db819381be6e269dcbf9bd2ed9", labelPrefix: "quicv2 ", initialType: 1)
    private static let draft29 = Self("afbfec289993d24c9e9786f19c6111e04390a899")
    private static let draft23 = Self("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
    /// What may be meant by a version number: for some only trying tells.
    static func candidates(_ number: UInt32) -> [Self] {
      switch number {
      case 1, 0xff00_0021, 0xff00_0022: [one]
      case 0x6b33_43cf: [two]
      case 0xff00_001d...0xff00_0020: [draft29]
      case 0xff00_0017...0xff00_001c: [draft23]
      case 0xface_b000...0xface_b00f: [draft23, draft29, one]
      // Versions that are only there to be refused (RFC 9000 section 15).
      case let version where version & 0x0f0f_0f0f == 0x0a0a_0a0a: [one, draft29, draft23]
      default: []
      }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
      let digits = hex.compactMap(\.hexDigitValue)
      return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
  }

  private struct Keys {
    var key: [UInt8], iv: [UInt8], headerProtection: [UInt8]

    init(_ version: Version, connection: ArraySlice<UInt8>) {
      let initial = HKDF.extract(salt: version.salt, Array(connection))
      let client = HKDF.expand(initial, label: "client in", count: 32)
      key = HKDF.expand(client, label: version.labelPrefix + "key", count: 16)
      iv = HKDF.expand(client, label: version.labelPrefix + "iv", count: 12)
      headerProtection = HKDF.expand(client, label: version.labelPrefix + "hp", count: 16)
    }
  }

  /// Bytes of a hello put together at the most.
  private static let limit = 16_384
  /// Packets that may fail to open before the flow is given up.
  private var attempts = 8
  private var keys: Keys?
  private var crypto = OverlappingBytes(limit: limit)

  /// Whether a datagram's first bytes are those of a long header of a version known here.
  static func mayBegin(_ payload: RawSpan) -> Bool {
    payload.byteCount > 40 && payload.uint8(0) & 0xc0 == 0xc0 && !Version.candidates(payload.uint32(1)).isEmpty
  }

  /// Reads a client's datagram.
  ///
  /// - Returns: the hello once it is whole; `nil` until then.
  mutating func read(_ datagram: [UInt8]) -> ClientHello? {
    var rest = datagram[...]
    while attempts > 0, rest.count > 20 {
      guard let (frames, length) = open(rest) else {
        attempts -= 1
        return nil
      }
      if let frames { collect(frames) }
      rest = rest.dropFirst(length)
    }
    guard case .message(TLSHandshake.clientHello, let body) = TLSHandshake.first(in: crypto.prefix) else { return nil }
    attempts = 0
    return ClientHello(body, carrier: .quic)
  }

  var isDone: Bool { attempts <= 0 }

  /// What is there of a hello whose rest has not come.
  var beginning: ClientHello? { TLSHandshake.beginningOfClientHello(in: crypto.prefix) }

  /// Opens the first packet of a datagram.
  ///
  /// - Returns: its frames, if it is an Initial packet, and its length; `nil` where it cannot be followed.
  private mutating func open(_ packet: ArraySlice<UInt8>) -> (frames: [UInt8]?, length: Int)? {
    var reader = ByteReader(packet)
    guard let first = reader.uint8(), first & 0xc0 == 0xc0, let high = reader.uint16(), let low = reader.uint16(),
      let connection = reader.vector8(), connection.count <= 20, let source = reader.vector8(), source.count <= 20
    else { return nil }
    let versions = Version.candidates(UInt32(high) << 16 | UInt32(low))
    guard let initialType = versions.first?.initialType else { return nil }
    let type = first >> 4 & 3
    let retry = (initialType + 3) % 4
    guard type != retry else { return nil }
    if type == initialType {
      guard let tokenLength = reader.variableInteger(), reader.take(tokenLength) != nil else { return nil }
    }
    guard let length = reader.variableInteger(), length >= 20, reader.remaining >= length else { return nil }
    let end = reader.offset + length
    let total = end - packet.startIndex
    guard type == initialType else { return (nil, total) }
    if let keys, let frames = Self.unseal(packet[..<end], numberAt: reader.offset, keys) { return (frames, total) }
    // Keys come from the connection id that the client chose first, and anew from the one that a Retry gave it.
    for version in versions {
      let fresh = Keys(version, connection: connection)
      guard let frames = Self.unseal(packet[..<end], numberAt: reader.offset, fresh) else { continue }
      keys = fresh
      return (frames, total)
    }
    return nil
  }

  /// Takes off header protection (RFC 9001 section 5.4) and encryption (section 5.3).
  private static func unseal(_ packet: ArraySlice<UInt8>, numberAt: Int, _ keys: Keys) -> [UInt8]? {
    var header = Array(packet[..<min(numberAt + 4, packet.endIndex)])
    let start = numberAt - packet.startIndex
    let sample = Array(packet[(numberAt + 4)...].prefix(16))
    guard let mask = AES128.encrypt(block: sample, key: keys.headerProtection), header.count == start + 4 else {
      return nil
    }
    header[0] ^= mask[0] & 0x0f
    let numberLength = Int(header[0] & 3) + 1
    header.removeLast(4 - numberLength)
    var nonce = keys.iv
    for index in 0..<numberLength {
      header[start + index] ^= mask[1 + index]
      nonce[12 - numberLength + index] ^= header[start + index]
    }
    return AES128.open(
      Array(packet[(numberAt + numberLength)...]), key: keys.key, nonce: nonce, associated: header)
  }

  /// Gathers CRYPTO frames (RFC 9000 section 19.6); the frames that may stand beside them are passed over.
  private mutating func collect(_ frames: [UInt8]) {
    var reader = ByteReader(frames[...])
    while let type = reader.uint8() {
      switch type {
      case 0, 1: continue
      case 2, 3:
        guard reader.variableInteger() != nil, reader.variableInteger() != nil, let ranges = reader.variableInteger(),
          reader.variableInteger() != nil, ranges < 256
        else { return }
        for _ in 0..<2 * ranges where reader.variableInteger() == nil { return }
        if type == 3 { for _ in 0..<3 where reader.variableInteger() == nil { return } }
      case 6:
        guard let offset = reader.variableInteger(), let length = reader.variableInteger(),
          let data = reader.take(length)
        else { return }
        crypto.insert(data, at: offset)
      default: return
      }
    }
  }
}

/// Key derivation of TLS 1.3 (RFC 5869 with the labels of RFC 8446 section 7.1), over SHA-256.
package enum HKDF {
  package static func extract(salt: [UInt8], _ secret: [UInt8]) -> [UInt8] { authenticate(salt, secret) }

  /// - Parameter count: at most 32 bytes.
  package static func expand(_ secret: [UInt8], label: String, count: Int) -> [UInt8] {
    let label = Array("tls13 \(label)".utf8)
    let info: [UInt8] = [0, UInt8(count), UInt8(label.count)] + label + [0, 1]
    return Array(authenticate(secret, info).prefix(count))
  }

  /// HMAC (RFC 2104) with keys of up to 64 bytes.
  private static func authenticate(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let padded = key + [UInt8](repeating: 0, count: max(0, 64 - key.count))
    let inner = Digest.of(padded.map { $0 ^ 0x36 } + message, .sha256)
    return Digest.of(padded.map { $0 ^ 0x5c } + inner, .sha256)
  }
}
