import Records
import Traffic

/// A TCP connection for tests: what its ends say, packet by packet, with true sequence numbers.
struct Dialogue {
  private(set) var packets: [[UInt8]] = []
  private var sent = [0, 0]
  private let client: Frame.Host, server: Frame.Host

  /// - Parameter hasHandshake: whether the SYNs were captured.
  init(serverPort: UInt16 = 443, clientPort: UInt16 = 40_000, hasHandshake: Bool = true) {
    client = Frame.Host(address: Frame.client.address, port: clientPort)
    server = Frame.Host(address: Frame.server.address, port: serverPort)
    guard hasHandshake else { return }
    packets = [Frame.tcp(client, server, flags: 2), Frame.tcp(server, client, flags: 0x12)]
  }

  mutating func client(_ bytes: [UInt8], flags: UInt8 = 0x18) { say(bytes, isClient: true, flags) }
  mutating func client(_ text: String) { client(Array(text.utf8)) }
  mutating func server(_ bytes: [UInt8]) { say(bytes, isClient: false, 0x18) }
  mutating func server(_ text: String) { server(Array(text.utf8)) }

  /// A packet at a place in a stream, which does not move the stream on.
  mutating func probe(client bytes: [UInt8], at offset: Int) {
    packets.append(packet(bytes, isClient: true, 0x10, at: offset))
  }

  private mutating func say(_ bytes: [UInt8], isClient: Bool, _ flags: UInt8) {
    let end = isClient ? 0 : 1
    packets.append(packet(bytes, isClient: isClient, flags, at: sent[end]))
    sent[end] += bytes.count
  }

  private func packet(_ bytes: [UInt8], isClient: Bool, _ flags: UInt8, at offset: Int) -> [UInt8] {
    var packet = Frame.tcp(isClient ? client : server, isClient ? server : client, flags: flags, payload: bytes)
    let sequence = UInt32(1 + offset) &- (flags & 2 != 0 ? 1 : 0)
    packet.replaceSubrange(24..<28, with: Frame.big(UInt16(sequence >> 16)) + Frame.big(UInt16(sequence & 0xffff)))
    return packet
  }

  var flows: [FlowRecord] { flows(order: Array(packets.indices)) }

  func flows(order: [Int]) -> [FlowRecord] {
    var capture = CaptureBuilder.pcap(linkType: 101)
    for index in order { capture.record(seconds: 1, packets[index]) }
    return Tracked(capture.bytes).flows.map(\.record)
  }

  /// A record with a hello that names a server.
  static func clientHello(_ name: String) -> [UInt8] {
    let name = Array(name.utf8)
    let list = [0] + Frame.big(UInt16(name.count)) + name
    let sni = Frame.big(0) + Frame.big(UInt16(list.count + 2)) + Frame.big(UInt16(list.count)) + list
    let body: [UInt8] =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0] + Frame.big(UInt16(sni.count)) + sni
    return handshake(1, body)
  }

  /// A record with a hello that chooses TLS 1.3.
  static let serverHello = handshake(
    2, [3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0x13, 1, 0, 0, 6, 0, 0x2b, 0, 2, 3, 4])

  private static func handshake(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
    let message = [type, 0] + Frame.big(UInt16(body.count)) + body
    return [22, 3, 1] + Frame.big(UInt16(message.count)) + message
  }
}
