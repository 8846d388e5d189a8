import Records

/// Numbers chains of tunnels, so that a flow key holds a number instead of a chain. Both directions of a chain have the
/// same number. Bounded: chains met when it is full share one number, which is told.
struct TunnelTable {
  private struct Link: Hashable {
    var kind: Tunnel.Kind
    var lower: IPAddress?, upper: IPAddress?
    var number: UInt32?

    init(_ tunnel: Tunnel) {
      kind = tunnel.kind
      if let (source, destination) = tunnel.ends {
        (lower, upper) = source < destination ? (source, destination) : (destination, source)
      }
      number = tunnel.kind.number?.isShared == true ? tunnel.number : nil
    }
  }

  /// What fits beside ports and protocol in a flow key is more than this.
  static let capacity = 100_000
  private var numbers: [[Link]: UInt32] = [:]
  private(set) var overflowed = 0

  /// The number of a chain; 0 for none.
  mutating func number(of tunnels: [Tunnel]) -> UInt32 {
    guard !tunnels.isEmpty else { return 0 }
    let links = tunnels.map { Link($0) }
    if let known = numbers[links] { return known }
    guard numbers.count < Self.capacity else {
      overflowed += 1
      return UInt32(Self.capacity) + 1
    }
    let number = UInt32(numbers.count) + 1
    numbers[links] = number
    return number
  }
}
