package import Records

/// When a flow ends. Part of a model's input contract, so that training and scanning cut alike.
package struct FlowPolicy: Sendable, Hashable {
  package enum Name: String, Sendable, CaseIterable {
    /// Idle timeout, TCP teardown and reuse of a closed tuple end a flow.
    case flowcase
    /// The bare five-tuple and no timeouts, as SplitCap cut the paper's data.
    case splitcap
    /// As `flowcase`, but a flow also ends so many seconds after its first packet: how Draper-Gil, Lashkari et al. 2016
    /// cut the flows of their time-based features.
    case timeout15 = "timeout-15"
    case timeout30 = "timeout-30"
    case timeout60 = "timeout-60"
    case timeout120 = "timeout-120"

    /// Seconds of the timeouts, for the last four.
    var timeoutSeconds: Int64? {
      switch self {
      case .flowcase, .splitcap: nil
      case .timeout15: 15
      case .timeout30: 30
      case .timeout60: 60
      case .timeout120: 120
      }
    }
  }

  package var name: Name
  /// Nanoseconds of capture time without a packet after which a flow has ended; `nil` for never.
  package var idleTimeout: Int64?
  /// Nanoseconds after its first packet at which a flow has ended, whatever still comes; `nil` for never.
  package var activeTimeout: Int64?
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
    case .timeout15, .timeout30, .timeout60, .timeout120:
      activeTimeout = name.timeoutSeconds.map { $0 * 1_000_000_000 }
      idleTimeout = activeTimeout
      linger = 5 * 1_000_000_000
      keysEncapsulation = true
    }
  }
}

/// How much of each flow's beginning the flow table keeps for the models.
package struct KeepPlan: Sendable, Hashable {
  /// Packets kept of each flow.
  package var packets: Int
  /// Bytes kept of each packet, counted from the first byte of the (innermost) IP header.
  package var bytesPerPacket: Int
  /// Whether the time-based features are kept up over all packets of each flow.
  package var keepsTimes: Bool
  /// Flows of which every packet's number is kept, so that they can be cut out.
  package var numbersOf: Set<FlowEnds> = []

  package static let nothing = KeepPlan(packets: 0, bytesPerPacket: 0)

  package init(packets: Int, bytesPerPacket: Int, keepsTimes: Bool = false) {
    self.keepsTimes = keepsTimes
    self.packets = packets
    self.bytesPerPacket = bytesPerPacket
  }
}
