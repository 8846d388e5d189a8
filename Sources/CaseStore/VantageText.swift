import Records

extension Vantage {
  /// What shows it, in words.
  ///
  /// - Parameter tunnel: the flow's `FlowRecord.tunnel`.
  func reason(tunnel: String?) -> String {
    switch self {
    case .tunnelInterface(let linkType): "link type \(linkType) (raw IP) is what a tunnel interface records"
    case .openedTunnel: "it was found inside \(tunnel ?? "a tunnel that was opened")"
    }
  }
}
