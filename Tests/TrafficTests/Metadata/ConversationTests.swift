import Records
import Testing
import Traffic

/// Two ends of which each is read for itself.
@Suite struct ConversationTests {
  private let hello = Dialogue.clientHello("www.example.test")

  @Test func `data in a SYN begins the stream`() {
    var dialogue = Dialogue(hasHandshake: false)
    dialogue.client(Array(hello[..<60]), flags: 2)
    dialogue.client(Array(hello[60...]))
    #expect(dialogue.flows.first?.serverName == "www.example.test")
  }

  @Test(arguments: [true, false]) func `a keep-alive's octet is no part of the stream`(hasHandshake: Bool) {
    for octet: UInt8 in [0, 0x41, 0xff] {
      var dialogue = Dialogue(hasHandshake: hasHandshake)
      dialogue.probe(client: [octet], at: -1)
      dialogue.client(hello)
      #expect(dialogue.flows.first?.serverName == "www.example.test", "octet \(octet)")
    }
  }

  @Test func `an answer seen before its request ends nothing, and tells who asked`() {
    for handshake in [true, false] {
      var http = Dialogue(serverPort: 80, hasHandshake: handshake)
      http.server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
      http.client("GET / HTTP/1.1\r\nHost: late.example.test\r\n\r\n")
      #expect(http.flows.first?.serverName == "late.example.test")
      #expect(http.flows.first?.originator.port == 40_000)
      var tls = Dialogue(hasHandshake: handshake)
      tls.server(Dialogue.serverHello)
      tls.client(hello)
      #expect(tls.flows.first?.serverName == "www.example.test")
      #expect(tls.flows.first?.metadata?.tlsVersion == "TLSv1.3")
      #expect(tls.flows.first?.originator.port == 40_000)
    }
  }

  @Test func `an answer alone has its service, and its receiver asked for it`() {
    var dialogue = Dialogue(serverPort: 8080, hasHandshake: false)
    dialogue.server("HTTP/1.0 404 Not Found\r\n\r\n")
    let flow = dialogue.flows.first
    #expect(flow?.service == .http && flow?.originator.port == 40_000)
    #expect(flow?.history?.contains("^") == true)
  }

  @Test func `what comes first of a stream without its SYN may come second`() {
    var dialogue = Dialogue(hasHandshake: false)
    let request = Array("GET /index.html HTTP/1.1\r\nAccept: */*\r\nHost: www.example.test\r\n\r\n".utf8)
    for start in stride(from: 0, to: request.count, by: 20) {
      dialogue.client(Array(request[start..<min(start + 20, request.count)]))
    }
    let indices = Array(dialogue.packets.indices)
    #expect(dialogue.flows(order: indices.reversed()).first?.serverName == "www.example.test")
    #expect(dialogue.flows(order: [1, 0] + indices.dropFirst(2)).first?.serverName == "www.example.test")
  }

  @Test func `lines may stand before an SSH banner`() {
    var dialogue = Dialogue(serverPort: 22)
    dialogue.server("Welcome\r\nUse only\r\n")
    dialogue.server("SSH-2.0-Server\r\n")
    dialogue.client("SSH-2.0-Client\r\n")
    let metadata = dialogue.flows.first?.metadata
    #expect(metadata?.sshClient == "SSH-2.0-Client")
    #expect(metadata?.sshServer == "SSH-2.0-Server")
    #expect(dialogue.flows.first?.service == .ssh)
  }

  @Test func `banners and resolved names turn with the ends`() {
    var dialogue = Dialogue(serverPort: 22)
    dialogue.server("SSH-2.0-Server\r\n")
    dialogue.client("SSH-2.0-Client\r\n")
    // The SYNs come last: until then the server seems to have begun.
    let flow = dialogue.flows(order: [1, 2, 3, 0]).first
    #expect(flow?.originator.port == 40_000)
    #expect(flow?.metadata?.sshClient == "SSH-2.0-Client")
    #expect(flow?.metadata?.sshServer == "SSH-2.0-Server")
  }

  @Test(arguments: [
    ("RPC_IN_DATA /x HTTP/1.1", "h.example"), ("version-control * HTTP/1.0", "h.example"),
    ("GET http://user@ABS.example:8080/a?b HTTP/1.1", "abs.example"), ("\r\nGET / HTTP/1.1", "h.example"),
    ("M!#$%&'*+-.^_`|~ / HTTP/1.1", "h.example"),
  ])
  func `a method is any token, and a target's authority beats Host`(line: String, name: String) {
    var dialogue = Dialogue(serverPort: 80)
    dialogue.client("\(line)\r\nHost: H.example:80\r\n\r\n")
    #expect(dialogue.flows.first?.serverName == name)
    #expect(dialogue.flows.first?.service == .http)
  }

  @Test(arguments: ["GET / SIP/2.0", "G@T / HTTP/1.1", "GET /HTTP/1.1", "hello there", "RTSP/1.0 200 OK"])
  func `what is no request is none`(line: String) {
    var dialogue = Dialogue(serverPort: 80)
    dialogue.client("\(line)\r\nHost: h.example\r\n\r\n")
    #expect(dialogue.flows.first?.serverName == nil)
    #expect(dialogue.flows.first?.service == nil)
  }

  // MARK: Name service over TCP

  private static let question: [UInt8] =
    [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("www".utf8) + [4] + Array("test".utf8) + [0, 0, 1, 0, 1]
  private static let answer: [UInt8] =
    [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3] + Array("www".utf8) + [4] + Array("test".utf8) + [0, 0, 1, 0, 1]
    + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 203, 0, 113, 7]

  private func framed(_ message: [UInt8]) -> [UInt8] { Frame.big(UInt16(message.count)) + message }

  @Test func `name service over TCP is read in any segmentation, message after message`() {
    for step in [1, 2, 3, 7, 1000] {
      var dialogue = Dialogue(serverPort: 5300)
      for (bytes, isClient) in [
        (Self.question, true), (Self.answer, false), (Self.question, true), (Self.answer, false),
      ] {
        let stream = framed(bytes)
        for start in stride(from: 0, to: stream.count, by: step) {
          let piece = Array(stream[start..<min(start + step, stream.count)])
          if isClient { dialogue.client(piece) } else { dialogue.server(piece) }
        }
      }
      let flow = dialogue.flows.first
      #expect(flow?.serverName == "www.test" && flow?.service == .dns, "by \(step)")
    }
  }

  @Test func `answers over TCP name later flows`() {
    var dialogue = Dialogue(serverPort: 53)
    dialogue.client(framed(Self.question))
    dialogue.server(framed(Self.answer))
    let later = Frame.tcp(Frame.client, Frame.Host(address: [203, 0, 113, 7], port: 80), flags: 2)
    var capture = CaptureBuilder.pcap(linkType: 101)
    for packet in dialogue.packets + [later] { capture.record(seconds: 1, packet) }
    let flow = Tracked(capture.bytes).flows.map(\.record).first { $0.responder.port == 80 }
    #expect(flow?.metadata?.resolvedNames == "www.test")
  }

  @Test func `what follows a message and is none takes the service away`() {
    var dialogue = Dialogue(serverPort: 53)
    dialogue.client(framed(Self.question))
    dialogue.client([UInt8](repeating: 0xee, count: 200))
    let flow = dialogue.flows.first
    #expect(flow?.service == nil && flow?.serverName == "www.test")
  }

  // MARK: Datagrams

  @Test func `a datagram that is something else takes the service away, one that was cut does not`() {
    let resolver = Frame.Host(address: Frame.server.address, port: 53)
    let question = Frame.udp(Frame.client, resolver, payload: Self.question)
    let garbage = Frame.udp(Frame.client, resolver, payload: [UInt8](repeating: 0xee, count: 200))
    func service(_ second: [UInt8], captured: Int) -> Service? {
      var capture = CaptureBuilder.pcap(linkType: 101)
      capture.record(seconds: 1, question)
      capture.record(seconds: 1, Array(second.prefix(captured)), original: second.count)
      return Tracked(capture.bytes).flows.first?.record.service
    }
    #expect(service(question, captured: 1000) == .dns)
    #expect(service(garbage, captured: 1000) == nil)
    #expect(service(question, captured: 32) == .dns)
  }

  // MARK: Bounds

  @Test func `a stream that never becomes anything is let go`() {
    var dialogue = Dialogue(serverPort: 9999)
    for _ in 0..<200 { dialogue.client([UInt8](repeating: 0x61, count: 1000)) }
    #expect(dialogue.flows.first?.service == nil)
    #expect(dialogue.flows.first?.sent.packets == 201)
  }
}
