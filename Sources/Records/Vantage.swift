/// Where a recording stood that it saw a flow inside a tunnel. It says something about the recording, not about the traffic.
package enum Vantage: Sendable, Hashable {
  /// On an interface whose packets are IP without a frame, as a tunnel's are; the number of its link type.
  case tunnelInterface(linkType: UInt8)
  /// On the tunnel's way, and the tunnel could be opened: `FlowRecord.tunnel` names it.
  case openedTunnel

  /// As the case writes it.
  package var name: String {
    switch self {
    case .tunnelInterface: "tunnel-interface"
    case .openedTunnel: "opened-tunnel"
    }
  }
}
