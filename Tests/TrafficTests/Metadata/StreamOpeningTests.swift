import Testing
import Traffic

/// What stands before TLS in a stream, each in one segment with the hello, cut at every byte, and octet by octet.
@Suite struct StreamOpeningTests {
  struct Opening: CustomTestStringConvertible {
    var testDescription: String
    /// What the client says, and what the server answers to it.
    var client: [[UInt8]], server: [[UInt8]]

    init(_ name: String, client: [[UInt8]], server: [[UInt8]] = []) {
      (testDescription, self.client, self.server) = (name, client, server)
    }

    init(_ name: String, client: [String], server: [String]) {
      self.init(name, client: client.map { Array($0.utf8) }, server: server.map { Array($0.utf8) })
    }
  }

  private static let extended: [UInt8] =
    [0x30, 0x1d, 2, 1, 1, 0x77, 0x18, 0x80, 0x16] + Array("1.3.6.1.4.1.1466.20037".utf8)
  private static let proxyMark: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

  static let all: [Opening] = [
    Opening("PROXY 1", client: ["PROXY TCP4 192.0.2.9 198.51.100.2 5555 443\r\n"], server: []),
    Opening("PROXY 1, unknown", client: ["PROXY UNKNOWN\r\n"], server: []),
    Opening("PROXY 2", client: [proxyMark + [0x21, 0x11, 0, 12, 192, 0, 2, 9, 198, 51, 100, 2, 0x15, 0xb3, 1, 0xbb]]),
    Opening("PROXY 2, local", client: [proxyMark + [0x20, 0, 0, 0]]),
    Opening(
      "SOCKS 4", client: [[4, 1, 1, 0xbb, 198, 51, 100, 2] + Array("user".utf8) + [0]],
      server: [[0, 90, 0, 0, 0, 0, 0, 0]]),
    Opening(
      "SOCKS 4a", client: [[4, 1, 1, 0xbb, 0, 0, 0, 1, 0] + Array("a.example".utf8) + [0]],
      server: [[0, 90, 0, 0, 0, 0, 0, 0]]),
    Opening(
      "SOCKS 5", client: [[5, 1, 0], [5, 1, 0, 3, 9] + Array("a.example".utf8) + [1, 0xbb]],
      server: [[5, 0], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]]),
    Opening(
      "SOCKS 5 with a password",
      client: [[5, 2, 0, 2], [1, 1, 0x75, 1, 0x70], [5, 1, 0, 1, 198, 51, 100, 2, 1, 0xbb]],
      server: [[5, 2], [1, 0], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]]),
    Opening(
      "CONNECT", client: ["CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"],
      server: ["HTTP/1.1 200 Connection established\r\n\r\n"]),
    Opening(
      "SMTP", client: ["EHLO me\r\n", "STARTTLS\r\n"],
      server: ["220 mail ESMTP\r\n250-mail\r\n250 STARTTLS\r\n", "220 go\r\n"]),
    Opening(
      "IMAP", client: ["a1 CAPABILITY\r\n", "a2 starttls\r\n"],
      server: ["* OK hi\r\n* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 OK\r\n"]),
    Opening("POP3", client: ["CAPA\r\n", "STLS\r\n"], server: ["+OK\r\n+OK\r\nSTLS\r\n.\r\n", "+OK\r\n"]),
    Opening("FTP", client: ["AUTH TLS\r\n"], server: ["220 ftp\r\n", "234 go\r\n"]),
    Opening(
      "XMPP",
      client: [
        "<?xml version='1.0'?><stream:stream to='a.example'>", "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
      ],
      server: ["<stream:features><starttls/></stream:features>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"]),
    Opening("IRC", client: ["CAP LS 302\r\nSTARTTLS\r\n"], server: [":irc 670 me :go\r\n"]),
    Opening("LDAP", client: [extended], server: [[0x30, 0x0c, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0]]),
    Opening("PostgreSQL", client: [[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]], server: [[0x53]]),
    Opening(
      "MySQL", client: [[0x20, 0, 0, 1, 0x85, 0xae, 0xff, 0, 0, 0, 0, 1, 0xff] + [UInt8](repeating: 0, count: 23)],
      server: [[0x4a, 0, 0, 0, 10] + Array("8.0.36".utf8) + [0] + [UInt8](repeating: 0x61, count: 60)]),
    Opening(
      "RDP", client: [[3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]],
      server: [[3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0]]),
  ]

  private func expectTLS(_ dialogue: Dialogue, _ opening: Opening, _ how: String) {
    let flow = dialogue.flows.first
    #expect(flow?.serverName == "tls.example.test", "\(how)")
    #expect(flow?.metadata?.ja3 != nil && flow?.metadata?.ja4 != nil, "\(how)")
    #expect(flow?.service == .ssl, "\(how)")
    #expect(flow?.metadata?.tlsVersion == "TLSv1.3", "\(how)")
    #expect(flow?.originator.port == 40_000, "\(how)")
  }

  /// The ends in turns, as they speak: whoever speaks first.
  private func inTurns(_ opening: Opening, _ say: (inout Dialogue, [UInt8], Bool) -> Void) -> Dialogue {
    var dialogue = Dialogue()
    for turn in 0..<max(opening.client.count, opening.server.count) {
      let serverFirst = ["SMTP", "IMAP", "POP3", "FTP", "MySQL"].contains(opening.testDescription)
      for isClient in serverFirst ? [false, true] : [true, false] {
        let lines = isClient ? opening.client : opening.server
        if turn < lines.count { say(&dialogue, lines[turn], isClient) }
      }
    }
    say(&dialogue, Dialogue.clientHello("tls.example.test"), true)
    say(&dialogue, Dialogue.serverHello, false)
    return dialogue
  }

  @Test(arguments: all) func `TLS behind it is read`(opening: Opening) {
    let dialogue = inTurns(opening) { dialogue, bytes, isClient in
      if isClient { dialogue.client(bytes) } else { dialogue.server(bytes) }
    }
    expectTLS(dialogue, opening, "segment by segment")
  }

  @Test(arguments: all) func `the client's bytes may come in one segment, or cut anywhere`(opening: Opening) {
    let stream = opening.client.flatMap { $0 } + Dialogue.clientHello("tls.example.test")
    for cut in [0] + Array(stride(from: 1, to: stream.count, by: 3)) {
      var dialogue = Dialogue()
      if cut > 0 { dialogue.client(Array(stream[..<cut])) }
      dialogue.client(Array(stream[cut...]))
      dialogue.server(opening.server.flatMap { $0 } + Dialogue.serverHello)
      expectTLS(dialogue, opening, "cut at \(cut)")
    }
  }

  @Test func `a hello that is only quoted is none`() {
    var mail = Dialogue(serverPort: 25)
    mail.server("220 mail\r\n")
    mail.client("EHLO me\r\nDATA\r\nSubject: STARTTLS\r\n\r\nlook:\r\n")
    mail.client(Array("bytes ".utf8) + Dialogue.clientHello("quoted.example.test"))
    #expect(mail.flows.first?.serverName == nil)
    var upload = Dialogue(serverPort: 80)
    upload.client("POST / HTTP/1.1\r\nHost: up.example.test\r\nContent-Length: 999\r\n\r\nSTARTTLS\r\n")
    upload.client(Dialogue.clientHello("quoted.example.test"))
    #expect(upload.flows.first?.serverName == "up.example.test")
    #expect(upload.flows.first?.service == .http)
  }

  @Test func `whom a proxy is asked for is the name where nothing inside gives one`() {
    for opening in Self.all where ["SOCKS 4a", "SOCKS 5", "CONNECT"].contains(opening.testDescription) {
      var dialogue = Dialogue(serverPort: 1080)
      for bytes in opening.client { dialogue.client(bytes) }
      dialogue.client([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0xff, 0xfe, 0xfd, 0xfc])
      #expect(dialogue.flows.first?.serverName == "a.example", "\(opening.testDescription)")
    }
  }

  @Test func `SSH and HTTP stand behind proxies too`() {
    var ssh = Dialogue(serverPort: 1080)
    ssh.client([5, 1, 0])
    ssh.server([5, 0])
    ssh.client([5, 1, 0, 1, 198, 51, 100, 2, 0, 22])
    ssh.server([5, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Array("SSH-2.0-there\r\n".utf8))
    ssh.client("SSH-2.0-here\r\n")
    let metadata = ssh.flows.first?.metadata
    #expect(metadata?.sshClient == "SSH-2.0-here" && metadata?.sshServer == "SSH-2.0-there")
    var http = Dialogue(serverPort: 80)
    http.client("PROXY TCP6 2001:db8::1 2001:db8::2 5555 80\r\nGET / HTTP/1.1\r\nHost: behind.example.test\r\n\r\n")
    #expect(http.flows.first?.serverName == "behind.example.test")
  }
}
