package import Records

extension InputContract {
  /// The name that stands for a flow this contract gives to no model, such as `dns` or `icmp`.
  ///
  /// - Returns: `nil` for a flow the model decides on: TCP or UDP, and not among `leaveOut` by either port.
  package func leftOutName(_ flow: FlowRecord) -> String? {
    guard flow.proto == .tcp || flow.proto == .udp else { return flow.proto.description }
    guard leaveOut != .none else { return nil }
    let ports = [flow.responder.port, flow.originator.port]
    if ports.contains(53) { return "dns" }
    guard leaveOut == .infrastructure, flow.proto == .udp else { return nil }
    return ports.lazy.compactMap { Self.infrastructure[$0] }.first
  }

  /// UDP services that chatter on every network whatever runs on it (IANA port numbers; 17500 and 57621 are the LAN
  /// discovery of Dropbox and Spotify).
  private static let infrastructure: [UInt16: String] = [
    67: "dhcp", 68: "dhcp", 123: "ntp", 137: "netbios", 138: "netbios", 546: "dhcpv6", 547: "dhcpv6", 1900: "ssdp",
    3702: "ws-discovery", 5353: "mdns", 5355: "llmnr", 17500: "dropbox-lan", 57621: "spotify-lan",
  ]
}
