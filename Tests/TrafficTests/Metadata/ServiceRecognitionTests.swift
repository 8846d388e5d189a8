import Records
import Testing
import Traffic

@Suite struct ServiceRecognitionTests {
  private func found(
    _ bytes: [UInt8], from source: UInt16, to destination: UInt16, isCut: Bool = false
  ) -> ServiceRecognition? {
    ServiceRecognition.recognise(bytes[...], sourcePort: source, destinationPort: destination, isCut: isCut)
  }

  private func expect(
    _ bytes: [UInt8], from source: UInt16, to destination: UInt16, _ service: Service, _ isRequest: Bool?,
    at location: SourceLocation = #_sourceLocation
  ) {
    let found = found(bytes, from: source, to: destination)
    #expect(found?.service == service, sourceLocation: location)
    #expect(found?.isRequest == isRequest, sourceLocation: location)
  }

  private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  @Test func namesOfEachService() {
    let query = DNSBytes.message(flags: 0x0100, questions: [DNSBytes.question(DNSBytes.name("a.example"))])
    let answer = DNSBytes.message(questions: [DNSBytes.question(DNSBytes.name("a.example"))])
    expect(query, from: 40_000, to: 53, .dns, true)
    expect(answer, from: 53, to: 40_000, .dns, false)
    expect(query, from: 5353, to: 53, .dns, true)
    expect(query, from: 40_000, to: 8053, .dns, true)
    expect(query, from: 40_000, to: 5355, .llmnr, true)
    expect(query, from: 5353, to: 5353, .mdns, nil)
    expect(query, from: 40_000, to: 5353, .mdns, true)
    expect(answer, from: 5353, to: 40_000, .mdns, false)
    #expect(found([0, 0, 0, 0, 0, 1], from: 5353, to: 5353, isCut: true)?.service == .mdns)
    #expect(found([0, 0, 0, 0, 0, 1], from: 5353, to: 5353) == nil)
  }

  private let computer: [UInt8] = [0x20] + Array("EJEMFCEHFFFCCACACACACACACACACAAA".utf8) + [0]

  @Test func netBIOS() {
    let query: [UInt8] = [1, 2, 0x01, 0x10, 0, 1, 0, 0, 0, 0, 0, 0] + computer + [0, 0x20, 0, 1]
    expect(query, from: 137, to: 137, .netbios, true)
    expect(query, from: 42_718, to: 1137, .netbios, true)
    let refusal: [UInt8] = [1, 2, 0x85, 0x83, 0, 0, 0, 0, 0, 0, 0, 0] + computer + [0, 10, 0, 1, 0, 0, 0, 0, 0, 0]
    expect(refusal, from: 137, to: 137, .netbios, false)
    let datagram: [UInt8] = [0x11, 2, 1, 2, 192, 0, 2, 1, 0, 138, 0, 90, 0, 0] + computer + computer + zeros(20)
    expect(datagram, from: 138, to: 138, .netbios, nil)
    #expect(found(zeros(60), from: 137, to: 137) == nil)
    #expect(found(Array(query.prefix(20)), from: 137, to: 137, isCut: true)?.service == .netbios)
  }

  @Test func addressesAreHandedOut() {
    let head: [UInt8] = [1, 1, 6, 0, 1, 2, 3, 4] + zeros(20) + [2, 0, 0, 0, 0, 1] + zeros(202)
    let discover = head + [0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255]
    expect(discover, from: 68, to: 67, .dhcp, true)
    expect(discover, from: 68, to: 4011, .dhcp, true)
    expect([2] + discover.dropFirst(), from: 67, to: 68, .dhcp, false)
    expect(head + zeros(64), from: 68, to: 67, .dhcp, true)
    #expect(found(head + zeros(64), from: 40_000, to: 40_001) == nil)
    #expect(found([3] + discover.dropFirst(), from: 68, to: 67) == nil)
    let client: [UInt8] = [0, 1, 0, 4, 0, 3, 0, 1, 0, 8, 0, 2, 0, 0]
    expect([1, 9, 9, 9] + client, from: 546, to: 547, .dhcpv6, true)
    expect([2, 9, 9, 9] + client, from: 547, to: 546, .dhcpv6, false)
    expect([12, 0] + zeros(32) + [0, 9, 0, 1, 7], from: 547, to: 547, .dhcpv6, true)
    #expect(found([1, 9, 9, 9] + client.dropLast(3), from: 546, to: 547) == nil)
    #expect(found([1, 9, 9, 9] + client, from: 546, to: 40_000)?.service == .dhcpv6)
    #expect(found([1, 9, 9, 9] + client, from: 40_000, to: 40_001) == nil)
  }

  @Test func timeIsTold() {
    let request: [UInt8] = [0x23] + zeros(39) + [UInt8](repeating: 0xd7, count: 8)
    let answer: [UInt8] =
      [0x24, 2, 6, 0xe9, 0, 0, 5, 3, 0, 0, 9, 1, 192, 0, 2, 9] + [UInt8](repeating: 0xd7, count: 32)
    expect(request, from: 40_000, to: 123, .ntp, true)
    expect(answer, from: 123, to: 40_000, .ntp, false)
    expect(answer + [0, 0, 0, 1] + zeros(16), from: 123, to: 123, .ntp, false)
    expect(answer + [1, 4, 0, 36] + zeros(32) + zeros(20), from: 123, to: 123, .ntp, false)
    expect([0x25] + answer.dropFirst(), from: 123, to: 123, .ntp, nil)
    expect([0x17, 0, 3, 42] + zeros(4), from: 40_000, to: 123, .ntp, true)
    expect([0xd7, 0, 3, 42, 0, 6, 0, 72] + zeros(432), from: 123, to: 40_000, .ntp, false)
    expect([0x16, 2, 0, 1] + zeros(8), from: 40_000, to: 123, .ntp, true)
    for other in [answer + [1], [0x24, 77] + answer.dropFirst(2), [0x38] + request.dropFirst(), zeros(48)] {
      #expect(found(Array(other), from: 123, to: 123) == nil)
    }
    // The handshake of WireGuard.
    #expect(found([1, 0, 0, 0] + [UInt8](repeating: 0x61, count: 144), from: 40_000, to: 123) == nil)
    #expect(found(request, from: 40_000, to: 40_001) == nil)
  }

  @Test func discoveryInText() {
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    let search = bytes(
      "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n")
    expect(search, from: 40_000, to: 1900, .ssdp, true)
    expect(search, from: 40_000, to: 40_001, .ssdp, true)
    expect(bytes("NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\n\r\n"), from: 1900, to: 1900, .ssdp, nil)
    expect(bytes("HTTP/1.1 200 OK\r\nCache-Control: max-age=1800\r\nUsn: uuid:1\r\n\r\n"), from: 4, to: 5, .ssdp, false)
    #expect(found(bytes("HTTP/1.1 200 OK\r\nServer: a\r\n\r\n"), from: 80, to: 40_000) == nil)
    #expect(found(bytes("M-SEARCH * HTTP/1.1\r\n\r\n"), from: 40_000, to: 32_414) == nil)
    func envelope(_ body: String) -> [UInt8] {
      bytes("<?xml version=\"1.0\"?><s:Envelope xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">\(body)")
    }
    expect(envelope("<d:Probe>"), from: 40_000, to: 3702, .wsDiscovery, true)
    expect(envelope("<d:ProbeMatches>"), from: 3702, to: 40_000, .wsDiscovery, false)
    expect(envelope("<d:Hello>"), from: 40_000, to: 3702, .wsDiscovery, nil)
    #expect(found(bytes("<?xml version=\"1.0\"?><rss/>"), from: 40_000, to: 3702) == nil)
    expect(bytes("{\"host_int\": 1, \"version\": [2, 0], \"port\": 17500}"), from: 17_500, to: 17_500, .dropboxLAN, nil)
    #expect(found(bytes("{\"host\": 1}"), from: 17_500, to: 17_500) == nil)
    expect(bytes("SpotUdp0\u{1}\u{2}"), from: 57_621, to: 57_621, .spotifyLAN, nil)
  }

  /// 100,000 on each port were tried once, which takes minutes where nothing is optimised.
  @Test(arguments: [53, 67, 123, 137, 138, 547, 1900, 3702, 5353, 5355, 17_500, 57_621] as [UInt16])
  func randomPayloadsAreNoneOnAnyPort(port: UInt16) {
    for bytes in RandomPayloads(seed: UInt64(port), count: 5000) {
      let found = ServiceRecognition.recognise(bytes, sourcePort: 40_000, destinationPort: port, isCut: false)
      #expect(found == nil)
    }
  }

  @Test func shortAndCutPayloadsAreSurvived() {
    for bytes in RandomPayloads(seed: 3, count: 2000) {
      for port in [53, 67, 123, 137, 547, 1900, 3702] as [UInt16] {
        _ = ServiceRecognition.recognise(
          bytes.prefix(Int(bytes.first ?? 0) % 60), sourcePort: port, destinationPort: port, isCut: true)
      }
    }
  }
}
