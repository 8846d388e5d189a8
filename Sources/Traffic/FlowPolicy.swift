/// When a flow ends. Part of a model's input contract, so that training and scanning cut alike.
package struct FlowPolicy: Sendable, Hashable {
  package enum Name: String, Sendable, CaseIterable {
    /// Idle timeout, TCP teardown and reuse of a closed tuple end a flow.
    case flowcase
    /// The bare five-tuple and no timeouts, as SplitCap cut the paper's data.
    case splitcap
  }

  package var name: Name
  /// Nanoseconds of capture time without a packet after which a flow has ended; `nil` for never.
  package var idleTimeout: Int64?
  /// Nanoseconds a TCP flow stays open after FIN from both ends or RST, for stragglers; `nil` ignores teardown.
  package var linger: Int64?
  /// Whether VLAN ids and tunnels are part of the key.
  package var keysEncapsulation: Bool

  package init(_ name: Name) {
    self.name = name
    switch name {
    case .flowcase:
      idleTimeout = 120 * 1_000_000_000
      linger = 5 * 1_000_000_000
      keysEncapsulation = true
    case .splitcap:
      idleTimeout = nil
      linger = nil
      keysEncapsulation = false
    }
  }
}

/// How much of each flow's beginning the flow table keeps for the models.
package struct KeepPlan: Sendable, Hashable {
  /// Packets kept of each flow.
  package var packets: Int
  /// Bytes kept of each packet, counted from the first byte of the (innermost) IP header.
  package var bytesPerPacket: Int

  package static let nothing = KeepPlan(packets: 0, bytesPerPacket: 0)

  package init(packets: Int, bytesPerPacket: Int) {
    self.packets = packets
    self.bytesPerPacket = bytesPerPacket
  }
}
