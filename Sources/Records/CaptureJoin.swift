/// How a capture was found to follow another whose name and link types are alike: as the same recording, or as another.
package struct CaptureJoin: Sendable, Equatable {
  /// Why; the raw value is what the case stores.
  package enum Reason: String, Sendable, CaseIterable {
    /// Joined: TCP connections go on from one to the other.
    case sameConnections = "same_connections"
    /// Joined: the same hosts or machines are heard in both.
    case sameHosts = "same_hosts"
    /// Joined: too few packets to tell, or none of hosts.
    case nothingToCompare = "nothing_to_compare"
    /// Apart: the one begins long after the other's end.
    case silence
    /// Apart: they were recorded at the same time.
    case overlap
    /// Apart: no hardware address of the one is in the other.
    case otherMachines = "other_machines"
    /// Apart: no host of the one is in the other, or the host that recorded is another.
    case otherHosts = "other_hosts"
    /// Apart: the address that recorded belongs to another machine.
    case movedAddress = "moved_address"
    /// Apart: the same TCP connection cannot have both sequence numbers.
    case sequenceNumbers = "sequence_numbers"
    /// Apart, though it may go on: the other was in the case before.
    case readBefore = "read_before"
    /// Apart, though it may go on: one of the two is a second copy of other evidence.
    case secondCopy = "second_copy"

    package var isJoined: Bool { self == .sameConnections || self == .sameHosts || self == .nothingToCompare }
  }

  /// Path of the capture it was compared with.
  package var after: String
  package var reason: Reason
  /// Nanoseconds from that one's last packet to this one's first; `nil` where its last was not known.
  package var gap: Int64?
  /// Hosts, hardware addresses and TCP connections that the end of the one and the beginning of the other share.
  package var sharedHosts = 0, sharedMachines = 0, connections = 0

  package init(after: String, reason: Reason, gap: Int64? = nil) {
    (self.after, self.reason, self.gap) = (after, reason, gap)
  }
}
