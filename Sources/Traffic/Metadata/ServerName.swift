/// The name of a server as names are compared and shown, and as it stood on the wire where that differs.
///
/// Odd bytes are escaped and long names cut as `WireText.text` says; none is dropped. Internationalised names stay in the
/// form the wire had.
package struct ServerName: Equatable, Sendable {
  /// In lower case (ASCII, RFC 4343), without user, port, brackets of an IPv6 address, and the dot of the root behind it.
  package let name: String
  /// The text on the wire, where it is another one.
  package let raw: String?

  private init?(_ name: ArraySlice<UInt8>, raw: ArraySlice<UInt8>) {
    guard let text = WireText.text(raw) else { return nil }
    var name = name
    if name.count > 1, name.last == 0x2e { name = name.dropLast() }
    // A port or a user alone names nothing: then the whole text does.
    let shown = WireText.text((name.isEmpty ? raw : name).map(WireText.lowercased)[...]) ?? text
    self.name = shown
    self.raw = text == shown ? nil : text
  }

  /// - Parameter host: of HTTP: the value of Host (RFC 9110 section 7.2) or an authority (RFC 3986 section 3.2).
  /// - Returns: `nil` only for no bytes.
  package init?(host: ArraySlice<UInt8>) {
    var name = host
    if let user = name.lastIndex(of: 0x40) { name = name[(user + 1)...] }
    if name.first == 0x5b, let close = name.firstIndex(of: 0x5d), Self.isPort(name[(close + 1)...]) {
      name = name[(name.startIndex + 1)..<close]
    } else if let colon = name.firstIndex(of: 0x3a), Self.isPort(name[colon...]) {
      name = name[..<colon]
    }
    self.init(name, raw: host)
  }

  /// A host name of TLS (RFC 6066 section 3), which has no port; where a client put one, it stays.
  ///
  /// - Returns: `nil` only for no bytes.
  package init?(serverNameIndication name: ArraySlice<UInt8>) { self.init(name, raw: name) }

  /// A name of DNS, in the text form of `DomainName`.
  package init(domain: DomainName) {
    let text = domain.text
    name = domain.hasCapitals ? domain.lowercased.text : text
    raw = text == name ? nil : text
  }

  /// Nothing, or a colon and digits (none of them is a port too, RFC 3986 section 3.2.3).
  private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.isEmpty || bytes.first == 0x3a && bytes.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
  }
}
