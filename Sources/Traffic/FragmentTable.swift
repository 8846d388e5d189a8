import Records

/// Remembers the ports of first fragments, so that later fragments of the same datagram count in the same flow.
/// Bounded: the oldest entries are forgotten.
struct FragmentTable {
  private struct Key: Hashable {
    var source: IPAddress, destination: IPAddress
    var proto: IPProtocol
    var id: UInt32
  }

  private static let capacity = 4096
  private var ports: [Key: (source: UInt16, destination: UInt16)] = [:]
  private var order: [Key] = []
  private var oldest = 0

  /// Gives a later fragment the ports of its first, where that has been seen; learns from first fragments.
  mutating func complete(_ packet: inout DecodedPacket) {
    guard packet.isLaterFragment || packet.hasMoreFragments else { return }
    let key = Key(source: packet.source, destination: packet.destination, proto: packet.proto, id: packet.fragmentID)
    if packet.isLaterFragment {
      guard let known = ports[key] else { return }
      (packet.sourcePort, packet.destinationPort) = known
    } else {
      remember(key)
      ports[key] = (packet.sourcePort, packet.destinationPort)
    }
  }

  private mutating func remember(_ key: Key) {
    guard ports[key] == nil else { return }
    if order.count < Self.capacity {
      order.append(key)
    } else {
      ports[order[oldest]] = nil
      order[oldest] = key
      oldest = (oldest + 1) % Self.capacity
    }
  }
}
