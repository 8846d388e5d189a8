package import Records

/// Who was heard in a stretch of a recording: what tells whether another capture is of the same one.
package struct RecordedHosts: Sendable, Equatable {
  /// One direction of a TCP connection.
  package struct Direction: Sendable, Hashable {
    package var source: IPAddress, destination: IPAddress
    package var sourcePort: UInt16, destinationPort: UInt16

    /// The same for both directions.
    package var connection: Direction {
      let isAscending = (source, sourcePort) < (destination, destinationPort)
      return isAscending
        ? self
        : Direction(
          source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort)
    }
  }

  /// How far a direction of a connection had come.
  package struct Progress: Sendable, Equatable {
    /// Sequence number of its first segment, and the one that follows its furthest.
    package var first: UInt32, next: UInt32
    /// Whether its first segment opens it.
    package var isNew: Bool
    /// Whether it was ended.
    package var isOver: Bool
  }

  /// Frames with hardware addresses, and how many of them name each address of a single machine.
  package private(set) var frames = 0
  package private(set) var machines: [UInt64: Int] = [:]
  /// Packets with IP, and how many of them name each address of a single host.
  package private(set) var packets = 0
  package private(set) var hosts: [IPAddress: Int] = [:]
  /// The hardware addresses that each host's packets came from.
  package private(set) var machinesOfHost: [IPAddress: Set<UInt64>] = [:]
  package private(set) var directions: [Direction: Progress] = [:]

  package init() {}

  init(_ traces: some Sequence<PacketTrace>) {
    for trace in traces { add(trace) }
  }

  mutating func add(_ trace: PacketTrace) {
    let named = [trace.sourceMAC, trace.destinationMAC].filter { $0 != 0 && $0 >> 40 & 1 == 0 }
    if trace.sourceMAC != 0 {
      frames += 1
      for machine in Set(named) { machines[machine, default: 0] += 1 }
    }
    guard let (source, destination) = trace.ends else { return }
    packets += 1
    for host in Set([source, destination]) where Self.isSingle(host) { hosts[host, default: 0] += 1 }
    if named.first == trace.sourceMAC { machinesOfHost[source, default: []].insert(trace.sourceMAC) }
    guard let step = trace.tcp else { return }
    let direction = Direction(
      source: source, destination: destination, sourcePort: step.sourcePort, destinationPort: step.destinationPort)
    let isOver = step.flags.contains(.fin) || step.flags.contains(.rst)
    guard var progress = directions[direction], !step.flags.contains(.syn) else {
      directions[direction] = Progress(
        first: step.sequence, next: step.next, isNew: step.flags.contains(.syn), isOver: isOver)
      return
    }
    if Int32(bitPattern: step.next &- progress.next) > 0 { progress.next = step.next }
    progress.isOver = progress.isOver || isOver
    directions[direction] = progress
  }

  /// Whether an address is that of one host, and not of many, or of none yet.
  private static func isSingle(_ host: IPAddress) -> Bool {
    if host.isIPv6 { return host.high >> 56 != 0xff && (host.high, host.low) != (0, 0) }
    return host.low != 0 && host.low >> 28 != 0xe && host.low != 0xffff_ffff
  }

  /// Those that nearly every packet names: the machine that recorded, where it recorded itself.
  package var ownMachines: Set<UInt64> { Self.named(machines, in: frames) }
  package var ownHosts: Set<IPAddress> { Self.named(hosts, in: packets) }

  private static func named<Name: Hashable>(_ counts: [Name: Int], in total: Int) -> Set<Name> {
    Set(counts.filter { $0.value * 10 >= total * 9 }.keys)
  }
}
