import Evidence
import Records

/// Community ID version 1, seed 0 (corelight/community-id-spec): the same text for the same flow in every tool.
enum CommunityID {
  static func text(_ flow: FlowRecord) -> String {
    var source = flow.originator
    var destination = flow.responder
    if flow.proto == .icmp || flow.proto == .icmpv6 {
      // Also where a fragment without its header stands for type 0.
      let ports = ICMPPorts(
        type: UInt8(truncatingIfNeeded: source.port), code: UInt8(truncatingIfNeeded: destination.port),
        isIPv6: flow.proto == .icmpv6)
      (source.port, destination.port) = (ports.source, ports.destination)
    }
    if isDescending(source, destination), !isOneWay(flow) { swap(&source, &destination) }
    var input: [UInt8] = [0, 0]
    input += source.address.bytes + destination.address.bytes
    input += [flow.proto.rawValue, 0]
    if hasPorts(flow.proto) {
      for port in [source.port, destination.port] { input += [UInt8(port >> 8), UInt8(port & 0xff)] }
    }
    let digest = Digest(.sha1)
    digest.update(input)
    return "1:" + Base64.encode(digest.finish())
  }

  private static func isDescending(_ a: Endpoint, _ b: Endpoint) -> Bool {
    a.address == b.address ? a.port > b.port : a.address > b.address
  }

  private static func hasPorts(_ proto: IPProtocol) -> Bool {
    [.tcp, .udp, .sctp, .icmp, .icmpv6].contains(proto)
  }

  private static func isOneWay(_ flow: FlowRecord) -> Bool {
    guard flow.proto == .icmp || flow.proto == .icmpv6 else { return false }
    let type = UInt8(truncatingIfNeeded: flow.originator.port)
    return !ICMPPorts(type: type, code: 0, isIPv6: flow.proto == .icmpv6).isTwoWay
  }
}

/// Base64 with padding (RFC 4648 section 4).
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let value = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        let isPadding = digit > group.count
        text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(value >> UInt32(18 - 6 * digit) & 63)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
