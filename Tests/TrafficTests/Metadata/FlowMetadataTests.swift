import Evidence
import Foundation
import Records
import Testing
import Traffic

@Suite struct FlowMetadataTests {
  private func flows(_ packets: [[UInt8]]) -> [FlowRecord] {
    var capture = CaptureBuilder.pcap(linkType: 101)
    for packet in packets { capture.record(seconds: 1, packet) }
    return Tracked(capture.bytes).flows.map(\.record)
  }

  /// A segment of the client's stream, whose first byte has the number 1.
  private func segment(_ bytes: ArraySlice<UInt8>, at offset: Int, from server: Bool = false) -> [UInt8] {
    let (from, to) = server ? (Frame.server, Frame.client) : (Frame.client, Frame.server)
    var packet = Frame.tcp(from, to, flags: 0x18, payload: Array(bytes))
    packet.replaceSubrange(
      24..<28, with: Frame.big(UInt16((1 + offset) >> 16)) + Frame.big(UInt16(1 + offset & 0xffff)))
    return packet
  }

  private let syn = Frame.tcp(Frame.client, Frame.server, flags: 2)

  private func vector16(_ bytes: [UInt8]) -> [UInt8] { Frame.big(UInt16(bytes.count)) + bytes }
  private func words(_ values: [UInt16]) -> [UInt8] { values.flatMap { Frame.big($0) } }

  /// The hello of the example in FoxIO's description of JA4.
  private var hello: [UInt8] {
    let ciphers: [UInt16] = [
      0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
      0x002f, 0x0035,
    ]
    let signatures: [UInt16] = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]
    var extensions: [UInt8] = []
    for type: UInt16 in [
      0x2a2a, 0x001b, 0, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
      0x000a, 0x0015,
    ] {
      let content: [UInt8] =
        switch type {
        case 0: vector16([0] + vector16(Array("www.example.test".utf8)))
        case 0x0010: vector16([2] + Array("h2".utf8) + [8] + Array("http/1.1".utf8))
        case 0x000d: vector16(words(signatures))
        case 0x002b: [5, 0x3a, 0x3a, 3, 4, 3]
        default: []
        }
      extensions += words([type]) + vector16(content)
    }
    let body =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + vector16(words(ciphers)) + [1, 0] + vector16(extensions)
    return [1, 0] + vector16(body)
  }

  private func record(_ bytes: ArraySlice<UInt8>) -> [UInt8] { [22, 3, 1] + vector16(Array(bytes)) }

  @Test func ja4OfThePublishedExample() {
    let flow = flows([syn, segment(record(hello[...])[...], at: 0)]).first
    #expect(flow?.metadata?.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1")
    #expect(flow?.metadata?.alpn == "h2,http/1.1")
    #expect(flow?.metadata?.tlsVersion == "TLSv1.3")
    #expect(flow?.serverName == "www.example.test")
  }

  @Test func aHelloOverSegmentsAndRecordsInAnyOrderIsRead() {
    let stream = record(hello[..<100]) + record(hello[100...])
    let cuts = [0, 3, 60, 180, stream.count]
    let segments = zip(cuts, cuts.dropFirst()).map { segment(stream[$0..<$1], at: $0) }
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 0, 3, 1, 2]] {
      #expect(flows([syn] + order.map { segments[$0] }).first?.serverName == "www.example.test")
    }
    // What is there of a hello gives its name, and no fingerprint.
    let cut = flows([syn] + segments[..<3]).first
    #expect(cut?.serverName == "www.example.test" && cut?.service == .ssl)
    #expect(cut?.metadata?.ja3 == nil && cut?.metadata?.ja4 == nil)
  }

  @Test func theServersVersionCounts() {
    let answer: [UInt8] =
      [3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0x13, 1, 0] + vector16(words([0x2b]) + vector16([3, 3]))
    let stream = record(([2, 0] + vector16(answer))[...])
    let packets = [syn, segment(record(hello[...])[...], at: 0), segment(stream[...], at: 0, from: true)]
    #expect(flows(packets).first?.metadata?.tlsVersion == "TLSv1.2")
  }

  @Test func aHelloBehindAnotherProtocolIsFound() {
    let greeting = Array("220 mail.example.test ESMTP\r\n".utf8)
    let command = Array("STARTTLS\r\n".utf8)
    let packets = [
      syn, segment(greeting[...], at: 0, from: true), segment(command[...], at: 0),
      segment(record(hello[...])[...], at: command.count),
    ]
    #expect(flows(packets).first?.serverName == "www.example.test")
    let proxy = Array("CONNECT www.example.test:443 HTTP/1.1\r\nHost: proxied\r\nUser-Agent: a b\\c\u{7}\r\n\r\n".utf8)
    let tunnelled = flows([syn, segment(proxy[...], at: 0), segment(record(hello[...])[...], at: proxy.count)]).first
    #expect(tunnelled?.serverName == "www.example.test")
    #expect(tunnelled?.metadata?.httpUserAgent == "a b\\\\c\\x07")
  }

  @Test func bannersGoToTheirEnds() {
    let packets = [
      syn, segment(Array("SSH-2.0-server\r\n".utf8)[...], at: 0, from: true),
      segment(Array("SSH-2.0-cli".utf8)[...], at: 0), segment(Array("ent\r\n".utf8)[...], at: 11),
    ]
    let metadata = flows(packets).first?.metadata
    #expect(metadata?.sshClient == "SSH-2.0-client")
    #expect(metadata?.sshServer == "SSH-2.0-server")
  }

  @Test func namesThatResolvedAreGivenToLaterFlows() {
    let name: [UInt8] = [3] + Array("www".utf8) + [4] + Array("test".utf8) + [0]
    let alias: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12]
    let answer: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4] + Frame.server.address
    let response: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0] + name + [0, 1, 0, 1] + alias + answer
    let resolver = Frame.Host(address: [192, 0, 2, 53], port: 53)
    let before = Frame.udp(Frame.client, Frame.Host(address: Frame.server.address, port: 9))
    let packets = [before, Frame.udp(resolver, Frame.client, payload: response), syn]
    let found = flows(packets)
    #expect(found.first { $0.proto == .tcp }?.metadata?.resolvedNames == "www.test")
    #expect(found.first { $0.responder.port == 9 }?.metadata == nil)
    // A pointer to itself, and one beyond the end, are survived.
    for loop: [UInt8] in [[0xc0, 12], [0xff, 0xff]] {
      let bad: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + loop + [0, 1, 0, 1] + answer
      #expect(flows([Frame.udp(resolver, Frame.client, payload: bad), syn]).count == 2)
    }
  }

  /// The client's keys of RFC 9001 appendix A.1.
  @Test func quicKeysOfTheRFC() {
    func bytes(_ hex: String) -> [UInt8] {
      let digits = hex.compactMap(\.hexDigitValue)
      return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
    let initial = HKDF.extract(salt: bytes("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), bytes("8394c8f03e515708"))
    let client = HKDF.expand(initial, label: "client in", count: 32)
    #expect(client == bytes("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea"))
    #expect(HKDF.expand(client, label: "quic key", count: 16) == bytes("1f369613dd76d5467730efcbe3b1a22d"))
    #expect(HKDF.expand(client, label: "quic iv", count: 12) == bytes("fa044b2f42a3fd3b46fb255c"))
    #expect(HKDF.expand(client, label: "quic hp", count: 16) == bytes("9f50449e04a0e810283a1e9933adedd2"))
    let mask = AES128.encrypt(
      block: bytes("d1b1c98dd7689fb8ec11d242b123dc9b"), key: bytes("9f50449e04a0e810283a1e9933adedd2"))
    #expect(mask?.prefix(5) == bytes("437b9aec36")[...])
  }

  /// JA3 values are tshark's, the JA4 values were checked once and hold since.
  @Test(
    arguments: [
      ("quic.pcap", "4e2f39e9839276fe7bfd283b657fb9db", "q13d0415h3_9caa18292e23_84684a673e38"),
      ("tls12-ipv6.pcapng", "87b9bfc7da97115ed2276737b09f8d74", "t12d2807h2_d943125447b4_a44c6288192a"),
      ("tls13.pcap", "89dfc51e72bdcb94e4ba4622588002b1", "t13d0412h2_16476d049b0b_85302d7e289e"),
    ])
  func recordedClientsHaveTheirFingerprints(file: String, ja3: String, ja4: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../fixtures/captures/\(file)")
    let found = Tracked([UInt8](try Data(contentsOf: url))).flows.compactMap(\.record.metadata)
    #expect(found.contains { $0.ja3 == ja3 && $0.ja4 == ja4 })
  }

  /// Every prefix and every changed byte of a QUIC client's first datagrams is survived, and only the whole ones give a name.
  @Test func quicSurvivesAnyBytes() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../fixtures/captures/quic.pcap")
    let capture = [UInt8](try Data(contentsOf: url))
    var random = SplitMix64(seed: 5)
    for _ in 0..<300 {
      var changed = capture
      for _ in 0..<8 { changed[Int.random(in: 24..<4000, using: &random)] = UInt8.random(in: 0...255, using: &random) }
      #expect(Tracked(changed).tracker.ledger.addsUp)
    }
  }

  @Test func anyStreamIsSurvived() {
    var random = SplitMix64(seed: 9)
    let beginnings = [record(hello[...]), Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), Array("SSH-2.0-x\r\n".utf8)]
    for round in 0..<600 {
      var bytes = beginnings[round % 3]
      for _ in 0..<4 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let offset = Int.random(in: 0..<70_000, using: &random)
      let packets = [syn, segment(bytes[..<cut], at: 0), segment(bytes[cut...], at: offset)]
      #expect(flows(packets).reduce(0) { $0 + $1.sent.packets } == 3)
    }
  }
}
