import Records
import Traffic

/// Packets between two ends with the numbers that TCP would give them, for the tests that read them.
struct Conversation {
  private var packets: [(time: UInt32, packet: [UInt8])] = []
  var client = Frame.client, server = Frame.server

  /// - Parameter flags: letters of `SAFRPUEC`.
  static func segment(
    _ from: Frame.Host, _ to: Frame.Host, _ flags: String, _ sequence: UInt32, _ acknowledgment: UInt32 = 0,
    payload: Int = 0, window: UInt16 = 8192
  ) -> [UInt8] {
    let bits = flags.reduce(UInt8(0)) { bits, letter in
      bits | 1
        << UInt8(
          "FSRPAUEC".firstIndex(of: letter).map { "FSRPAUEC".distance(from: "FSRPAUEC".startIndex, to: $0) } ?? 0)
    }
    func big(_ number: UInt32) -> [UInt8] { Frame.big(UInt16(number >> 16)) + Frame.big(UInt16(number & 0xffff)) }
    let ports = Frame.big(from.port) + Frame.big(to.port)
    let header = ports + big(sequence) + big(acknowledgment) + [0x50, bits] + Frame.big(window) + [0, 0, 0, 0]
    // Nothing that any protocol begins with.
    return Frame.ipv4(6, from, to, header + [UInt8](repeating: 0xee, count: payload))
  }

  /// A packet of the client, with milliseconds of capture time.
  mutating func ask(
    _ time: UInt32, _ flags: String, _ sequence: UInt32, _ acknowledgment: UInt32 = 0, payload: Int = 0,
    window: UInt16 = 8192
  ) {
    add(time, Self.segment(client, server, flags, sequence, acknowledgment, payload: payload, window: window))
  }

  /// A packet of the server.
  mutating func answer(
    _ time: UInt32, _ flags: String, _ sequence: UInt32, _ acknowledgment: UInt32 = 0, payload: Int = 0,
    window: UInt16 = 8192
  ) {
    add(time, Self.segment(server, client, flags, sequence, acknowledgment, payload: payload, window: window))
  }

  mutating func add(_ time: UInt32, _ packet: [UInt8]) { packets.append((time, packet)) }

  /// Handshake, a request of 10 bytes and an answer of 20; and, where wanted, the end of it.
  mutating func connection(_ time: UInt32, _ asked: UInt32, _ answered: UInt32, isClosed: Bool = false) {
    ask(time, "S", asked)
    answer(time + 1, "SA", answered, asked &+ 1)
    ask(time + 2, "A", asked &+ 1, answered &+ 1)
    ask(time + 3, "PA", asked &+ 1, answered &+ 1, payload: 10)
    answer(time + 4, "PA", answered &+ 1, asked &+ 11, payload: 20)
    guard isClosed else { return }
    ask(time + 5, "FA", asked &+ 11, answered &+ 21)
    answer(time + 6, "FA", answered &+ 21, asked &+ 12)
    ask(time + 7, "A", asked &+ 12, answered &+ 22)
  }

  mutating func shuffle(_ random: inout SplitMix64) { packets.shuffle(using: &random) }

  private var capture: [UInt8] {
    var builder = CaptureBuilder.pcap(linkType: 101)
    for (time, packet) in packets { builder.record(seconds: 1000 + time / 1000, fraction: time % 1000 * 1000, packet) }
    return builder.bytes
  }

  /// The flows in the order of their first packets.
  func flows(_ policy: FlowPolicy.Name = .flowcase) -> [FlowRecord] {
    Tracked(capture, policy: policy).flows.map(\.record).sorted { $0.firstPacket < $1.firstPacket }
  }

  /// Packets from the originators and from the responders of the flows.
  var counts: [[Int]] { flows().map { [$0.sent.packets, $0.answered.packets] } }
}
