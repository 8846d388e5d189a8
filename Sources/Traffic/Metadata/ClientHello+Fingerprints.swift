import Evidence

/// Fingerprints of clients.
extension ClientHello {
  /// JA3 (Althouse, Atkinson and Atkins 2017): MD5 over version, ciphers, extensions, groups and point formats in decimal.
  var ja3: String {
    // Byte by byte: most TLS flows have one, and joined strings cost as much as all else that is done for a flow.
    var text: [UInt8] = []
    text.reserveCapacity(512)
    WireText.append(decimal: version, to: &text)
    for (values, dropsGREASE) in [(ciphers, true), (extensions, true), (groups, true), (pointFormats, false)] {
      text.append(UInt8(ascii: ","))
      var isFirst = true
      for value in values where !dropsGREASE || !Self.isGREASE(value) {
        if !isFirst { text.append(UInt8(ascii: "-")) }
        isFirst = false
        WireText.append(decimal: value, to: &text)
      }
    }
    return WireText.hex(Digest.of(text, .md5))
  }

  /// JA4 (FoxIO 2023): what kind of hello, its ciphers sorted, its extensions sorted with the signature algorithms.
  var ja4: String {
    let ciphers = ciphers.filter { !Self.isGREASE($0) }
    let extensions = extensions.filter { !Self.isGREASE($0) }
    let signatures = signatureAlgorithms.filter { !Self.isGREASE($0) }
    let kind = carrier == .quic ? "q" : carrier == .dtls ? "d" : "t"
    let name = self.extensions.contains(0) ? "d" : "i"
    let head = kind + ja4Version + name + Self.twoDigits(ciphers.count) + Self.twoDigits(extensions.count) + ja4Protocol
    let serverName = 0, applicationProtocols = 16
    var tail = Self.list(extensions.filter { $0 != serverName && $0 != applicationProtocols }.sorted())
    if !signatures.isEmpty { tail += [UInt8(ascii: "_")] + Self.list(signatures) }
    return [
      head, Self.shortDigest(Self.list(ciphers.sorted())), extensions.isEmpty ? Self.none : Self.shortDigest(tail),
    ]
    .joined(separator: "_")
  }

  private static let none = "000000000000"

  private var ja4Version: String {
    switch highestVersion {
    case 0x0002: "s2"
    case 0x0300: "s3"
    case 0x0301: "10"
    case 0x0302: "11"
    case 0x0303: "12"
    case 0x0304: "13"
    case 0xfeff: "d1"
    case 0xfefd: "d2"
    case 0xfefc: "d3"
    default: "00"
    }
  }

  /// First and last character of the first protocol; of its hexadecimal form where one of them is no letter or digit.
  private var ja4Protocol: String {
    guard let first = protocols.first?.first, let last = protocols.first?.last else { return "00" }
    func isPlain(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
    if isPlain(first), isPlain(last) { return String(decoding: [first, last], as: UTF8.self) }
    return String(WireText.hex([first]).prefix(1)) + String(WireText.hex([last]).suffix(1))
  }

  private static func twoDigits(_ count: Int) -> String {
    let count = min(count, 99)
    return count < 10 ? "0\(count)" : String(count)
  }

  /// Four hexadecimal digits for each value, with commas between.
  private static func list(_ values: [Int]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(values.count * 5)
    for value in values {
      if !text.isEmpty { text.append(UInt8(ascii: ",")) }
      WireText.append(hexadecimal: UInt8(value >> 8 & 0xff), to: &text)
      WireText.append(hexadecimal: UInt8(value & 0xff), to: &text)
    }
    return text
  }

  private static func shortDigest(_ text: [UInt8]) -> String {
    text.isEmpty ? none : WireText.hex(Digest.of(text, .sha256).prefix(6))
  }
}
