/// What the ends of a flow say of themselves and of what they speak, beside the name that is asked for. Text from the wire: printable
/// ASCII, other bytes written as `\xHH`, cut after 255 bytes each and then marked with `…`; not to be trusted.
package struct FlowMetadata: Sendable, Equatable {
  /// The TLS version the server chose, or the highest the client offered where no answer was seen, such as `TLSv1.3`.
  package var tlsVersion: String?
  /// Application protocols the client offered (ALPN), joined by commas.
  package var alpn: String?
  /// JA3 of the Client Hello: 32 hexadecimal digits.
  package var ja3: String?
  /// JA4 of the Client Hello, such as `t13d1516h2_8daaf6152771_b186095e22b6`.
  package var ja4: String?
  /// User-Agent of the first HTTP/1 request.
  package var httpUserAgent: String?
  /// First lines of the two ends of SSH.
  package var sshClient: String?, sshServer: String?
  /// Names that DNS answers had given for the responder's address when the flow began, joined by commas.
  package var resolvedNames: String?
  /// The name asked for as it stood on the wire, where that is not `FlowRecord.serverName`.
  package var serverNameRaw: String?
  /// Further names asked for in the same flow, joined by commas, at most eight.
  package var otherNames: String?

  package init() {}

  package var isEmpty: Bool { self == FlowMetadata() }
}
