import Records
import Testing
import Traffic

@Suite struct ServerNameTests {
  private func name(_ packets: [[UInt8]]) -> String? {
    var capture = CaptureBuilder.pcap(linkType: 101)
    for packet in packets { capture.record(seconds: 1, packet) }
    return Tracked(capture.bytes).flows.first?.record.serverName
  }

  private func tcp(_ payload: [UInt8], port: UInt16 = 443) -> [UInt8] {
    Frame.tcp(Frame.client, Frame.Host(address: Frame.server.address, port: port), flags: 0x18, payload: payload)
  }

  private func clientHello(_ host: String) -> [UInt8] {
    let name = Array(host.utf8)
    let list = [0] + Frame.big(UInt16(name.count)) + name
    let sni = Frame.big(0) + Frame.big(UInt16(list.count + 2)) + Frame.big(UInt16(list.count)) + list
    let extensions = Frame.big(0x002b) + Frame.big(3) + [2, 3, 4] + sni
    var body: [UInt8] = [3, 3] + [UInt8](repeating: 7, count: 32) + [0]
    body += Frame.big(4) + [0x13, 1, 0x13, 2] + [1, 0] + Frame.big(UInt16(extensions.count)) + extensions
    let handshake: [UInt8] = [1, 0] + Frame.big(UInt16(body.count)) + body
    return [22, 3, 1] + Frame.big(UInt16(handshake.count)) + handshake
  }

  @Test func tlsServerName() {
    #expect(name([tcp(clientHello("files.example.test"))]) == "files.example.test")
    #expect(
      name([Frame.tcp(Frame.client, Frame.server, flags: 2), tcp(clientHello("later.example"))]) == "later.example")
  }

  @Test(arguments: ["Host: www.example.test\r\n", "hOST:\twww.example.test \r\n"])
  func httpHost(field: String) {
    #expect(name([tcp(Array("GET / HTTP/1.1\r\nAccept: */*\r\n\(field)\r\n".utf8), port: 80)]) == "www.example.test")
  }

  @Test func dnsQuestion() {
    let question: [UInt8] =
      [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("www".utf8) + [4] + Array("test".utf8) + [0, 0, 1, 0, 1]
    let resolver = Frame.Host(address: Frame.server.address, port: 53)
    #expect(name([Frame.udp(Frame.client, resolver, payload: question)]) == "www.test")
    let stream = Frame.tcp(Frame.client, resolver, flags: 0x18, payload: Frame.big(UInt16(question.count)) + question)
    #expect(name([stream]) == "www.test")
  }

  @Test func oddNamesAreKept() {
    #expect(name([tcp(clientHello("bad\u{1b}[2J"))]) == "bad\\x1b[2j")
    #expect(name([tcp(Array("GET / HTTP/1.1\r\nHost: \u{7}\r\n\r\n".utf8), port: 80)]) == "\\x07")
  }

  @Test func whatIsNoNameIsNone() {
    #expect(name([tcp(clientHello(""))]) == nil)
    #expect(
      name([
        Frame.udp(
          Frame.client, Frame.Host(address: [9, 9, 9, 9], port: 53), payload: [UInt8](repeating: 0xc0, count: 40))
      ]) == nil)
  }

  @Test func everyPrefixAndEveryChangedByteIsSurvived() {
    let requests: [(UInt16, [UInt8])] = [
      (443, clientHello("a.example")), (80, Array("POST /x HTTP/1.0\r\nHost: a.example\r\n\r\n".utf8)),
      (53, [0, 30, 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x77, 0x77, 1, 0x61, 0, 0, 1, 0, 1]),
    ]
    for (port, request) in requests {
      for length in 0...request.count { _ = name([tcp(Array(request.prefix(length)), port: port)]) }
      for index in request.indices {
        var changed = request
        changed[index] = 0xff
        _ = name([tcp(changed, port: port)])
      }
    }
    #expect(name([tcp(clientHello("a.example"))]) == "a.example")
  }
}
