import Records

/// Discovery services whose datagrams are text.
enum TextService {
  /// Bytes looked through for what proves a service.
  private static let limit = 4096

  private enum Port { static let ssdp: UInt16 = 1900, discovery: UInt16 = 3702 }

  static func recognise(_ payload: ArraySlice<UInt8>, isOn: (UInt16) -> Bool, isCut: Bool) -> ServiceRecognition? {
    // Most payloads are ruled out by their first byte: blanks and the byte order mark may stand before XML.
    guard let first = payload.first, beginnings.contains(first) else { return nil }
    if payload.starts(with: spotify) { return ServiceRecognition(service: .spotifyLAN, isRequest: nil) }
    let text = String(decoding: payload.prefix(limit), as: UTF8.self)
    return ssdp(text, isOnPort: isOn(Port.ssdp), isCut: isCut)
      ?? discovery(text, isCutOnPort: isCut && isOn(Port.discovery)) ?? dropbox(text, isCut: isCut)
  }

  private static let beginnings = Array("MNHS{< \t\r\n".utf8) + [0xef]
  private static let spotify = Array("SpotUdp0".utf8)

  /// UPnP Device Architecture 2.0 section 1: HTTP heads in datagrams.
  private static func ssdp(_ text: String, isOnPort: Bool, isCut: Bool) -> ServiceRecognition? {
    let kinds: [(line: String, isRequest: Bool?)] = [
      ("M-SEARCH * HTTP/1.", true), ("NOTIFY * HTTP/1.", nil), ("HTTP/1.", false),
    ]
    guard let kind = kinds.first(where: { text.hasPrefix($0.line) || isCut && isOnPort && $0.line.hasPrefix(text) })
    else { return nil }
    let fields = text.utf8.split(separator: 0x0a).dropFirst().compactMap { line in
      line.firstIndex(of: 0x3a).map { String(line[..<$0])?.lowercased() }
    }
    // Others, such as Plex, search with the same first line alone.
    let isProven = ["st", "nt", "nts", "usn", "man"].contains { fields.contains($0) }
    return isProven || isOnPort || isCut && kind.isRequest != false
      ? ServiceRecognition(service: .ssdp, isRequest: kind.isRequest) : nil
  }

  /// WS-Discovery 1.1 (OASIS 2009) and its forerunners: SOAP envelopes in their name spaces.
  private static func discovery(_ text: String, isCutOnPort: Bool) -> ServiceRecognition? {
    let beginning = text.drop { $0.isWhitespace || $0 == "\u{feff}" }
    guard beginning.first == "<" else { return nil }
    let spaces = ["/ws/2005/04/discovery", "/ws/2004/10/discovery", "/ws-dd/ns/discovery/"]
    let isProven = text.contains("Envelope") && spaces.contains { text.contains($0) }
    guard isProven || isCutOnPort && beginning.hasPrefix("<?xml") else { return nil }
    let isAnswer = text.contains("ProbeMatches") || text.contains("ResolveMatches")
    let isQuestion = text.contains("Probe") || text.contains("Resolve")
    return ServiceRecognition(service: .wsDiscovery, isRequest: isAnswer ? false : isQuestion ? true : nil)
  }

  /// A JSON object by which Dropbox tells its neighbours of itself.
  private static func dropbox(_ text: String, isCut: Bool) -> ServiceRecognition? {
    guard text.hasPrefix("{"), text.contains("\"host_int\""),
      isCut || text.contains("\"namespaces\"") || text.contains("\"displayname\"") || text.contains("\"version\"")
    else { return nil }
    return ServiceRecognition(service: .dropboxLAN, isRequest: nil)
  }
}
