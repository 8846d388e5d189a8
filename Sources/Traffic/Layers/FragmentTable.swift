import Records

/// Holds the fragments of IP datagrams until they are whole (RFC 791 section 3.2, RFC 8200 section 4.5).
///
/// Bounded in datagrams, bytes and capture time; what is given up is handed back too, so that each fragment still counts.
struct FragmentTable {
  private struct Key: Hashable {
    var source: IPAddress, destination: IPAddress
    /// IPv6 tells datagrams apart without it: the fragments of one may name different next headers.
    var proto: IPProtocol?
    var identification: UInt32
    var tunnelNumber: UInt32
    var vlan: VLANStack

    init(_ packet: borrowing DecodedPacket, _ fragment: DecodedPacket.Fragment) {
      (source, destination) = (packet.source, packet.destination)
      proto = packet.source.isIPv6 ? nil : packet.proto
      identification = fragment.identification
      tunnelNumber = packet.tunnelNumber
      vlan = packet.encapsulation.vlan
    }
  }

  /// Datagrams held at once.
  private static let datagramLimit = 4096
  /// Bytes held at once, with what the table needs beside them.
  private static let byteLimit = 16 << 20
  /// Nanoseconds of capture time a datagram may take to arrive: what Linux allows.
  private static let patience: Int64 = 30_000_000_000

  private var datagrams: [Key: FragmentedDatagram] = [:]
  /// Keys by arrival of the first fragment, from `oldest` on; those of finished datagrams stay until they are reached.
  private var order: [(key: Key, serial: Int)] = []
  private var oldest = 0
  private var serial = 0
  private var heldBytes = 0

  /// Datagrams that are whole or were given up, for the caller to take.
  private(set) var ready: [FragmentedDatagram] = []

  var isEmpty: Bool { datagrams.isEmpty }

  mutating func takeReady() -> [FragmentedDatagram] {
    defer { ready.removeAll() }
    return ready
  }

  /// Holds a fragment.
  ///
  /// - Parameter ip: its captured bytes from the IP header on.
  mutating func hold(_ packet: DecodedPacket, _ ip: RawSpan, time: CaptureTime, position: PacketPosition) {
    guard let fragment = packet.fragment else { return }
    let key = Key(packet, fragment)
    let piece = FragmentedDatagram.Piece(packet, ip, time: time, position: position)
    heldBytes += piece.cost
    if datagrams[key] == nil {
      serial += 1
      datagrams[key] = FragmentedDatagram(serial: serial)
      order.append((key, serial))
    }
    datagrams[key]?.add(piece, at: fragment)
    if datagrams[key]?.isFinished == true { release(key) }
    while datagrams.count > Self.datagramLimit || heldBytes > Self.byteLimit { releaseOldest() }
  }

  /// Gives up what has waited too long.
  mutating func expire(at time: CaptureTime) {
    while oldest < order.count {
      guard let datagram = datagrams[order[oldest].key], datagram.serial == order[oldest].serial else {
        dropOldest()
        continue
      }
      let (age, overflow) = time.nanoseconds.subtractingReportingOverflow(datagram.firstTime)
      guard overflow || age > Self.patience else { return }
      releaseOldest()
    }
  }

  /// Gives up everything: the capture has ended.
  mutating func releaseAll() {
    while oldest < order.count { releaseOldest() }
  }

  private mutating func release(_ key: Key) {
    guard let datagram = datagrams.removeValue(forKey: key) else { return }
    heldBytes -= datagram.cost
    ready.append(datagram)
  }

  private mutating func releaseOldest() {
    guard oldest < order.count else { return }
    let (key, serial) = order[oldest]
    if datagrams[key]?.serial == serial { release(key) }
    dropOldest()
  }

  private mutating func dropOldest() {
    oldest += 1
    if oldest > 1024, oldest * 2 > order.count {
      order.removeFirst(oldest)
      oldest = 0
    }
  }
}
