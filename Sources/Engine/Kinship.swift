import Records
import Traffic

/// Whether two captures can be of one recording, by who was heard at the end of one and at the beginning of the next.
struct Kinship {
  /// What they have in common.
  private(set) var sharedHosts = 0, sharedMachines = 0, connections = 0
  /// Why they are taken for one recording, or for two.
  private(set) var reason = CaptureJoin.Reason.sameHosts

  var isOne: Bool { reason.isJoined }

  /// Packets below which nothing follows from hosts that are not there.
  private static let fewPackets = 4
  /// Bytes by which a connection may go on unseen between two captures of one recording: what a recorder can lose where it
  /// changes files.
  private static let unseenBytes: Int32 = 16 << 20

  /// - Parameters:
  ///   - before: the end of a capture.
  ///   - after: the beginning of one that follows it in time.
  init(_ before: RecordedHosts, _ after: RecordedHosts) {
    sharedHosts = before.hosts.keys.count { after.hosts[$0] != nil }
    sharedMachines = before.machines.keys.count { after.machines[$0] != nil }
    let (going, broken) = Self.connections(before, after)
    connections = going
    if let other = Self.otherMachine(before, after) {
      reason = other
    } else if broken > going {
      reason = .sequenceNumbers
    } else if going > 0 {
      reason = .sameConnections
    } else if Self.hasOtherHosts(before, after), sharedMachines == 0 {
      reason = .otherHosts
    } else if sharedHosts == 0, sharedMachines == 0 {
      reason = .nothingToCompare
    }
  }

  /// Why the machines that recorded them are two, if they are.
  static func otherMachine(_ before: RecordedHosts, _ after: RecordedHosts) -> CaptureJoin.Reason? {
    let isEnough = min(before.frames, after.frames) >= fewPackets
    if isEnough, before.machines.keys.allSatisfy({ after.machines[$0] == nil }) { return .otherMachines }
    let own = before.ownHosts.intersection(after.ownHosts)
    let hasMoved = own.contains { host in
      guard let old = before.machinesOfHost[host], let new = after.machinesOfHost[host] else { return false }
      return old.isDisjoint(with: new)
    }
    if isEnough, hasMoved { return .movedAddress }
    // Two machines in one network share its router, and some of the hosts they speak with.
    let isOtherMachine =
      min(before.frames, after.frames) == 0
      || before.ownMachines.contains { after.machines[$0] == nil }
        && after.ownMachines.contains { before.machines[$0] == nil }
    return isOtherMachine && areStrange(before.ownHosts, after) && areStrange(after.ownHosts, before)
      ? .otherHosts : nil
  }

  /// Whether none of some hosts is among those heard in a capture, in which others of their family of addresses are.
  private static func areStrange(_ hosts: some Collection<IPAddress>, _ there: RecordedHosts) -> Bool {
    guard there.packets >= fewPackets, !hosts.isEmpty else { return false }
    return hosts.allSatisfy { host in
      there.hosts[host] == nil && there.hosts.keys.contains { $0.isIPv6 == host.isIPv6 }
    }
  }

  private static func hasOtherHosts(_ before: RecordedHosts, _ after: RecordedHosts) -> Bool {
    areStrange(before.hosts.keys, after) && areStrange(after.hosts.keys, before)
  }

  /// Connections that go on from one to the other, and those whose sequence numbers cannot be of one connection.
  private static func connections(_ before: RecordedHosts, _ after: RecordedHosts) -> (going: Int, broken: Int) {
    var going: Set<RecordedHosts.Direction> = [], broken: Set<RecordedHosts.Direction> = []
    for (direction, next) in after.directions {
      guard !next.isNew, let last = before.directions[direction], !last.isOver else { continue }
      let step = Int32(bitPattern: next.first &- last.next)
      if (-unseenBytes...unseenBytes).contains(step) {
        going.insert(direction.connection)
      } else {
        broken.insert(direction.connection)
      }
    }
    return (going.subtracting(broken).count, broken.count)
  }
}
