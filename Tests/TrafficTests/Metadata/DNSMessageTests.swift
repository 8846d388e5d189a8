import Evidence
import Foundation
import Records
import Testing
import Traffic

@Suite struct DNSMessageTests {
  private let asked = DNSBytes.question(DNSBytes.name("www.example.org"))

  private func address(_ owner: String, _ last: UInt8) -> [UInt8] {
    DNSBytes.record(DNSBytes.name(owner), type: 1, [192, 0, 2, last])
  }

  /// Address and name of each, as text.
  private func addresses(_ bytes: [UInt8], isCut: Bool = false) -> [String]? {
    DNSMessage(bytes[...], isCut: isCut)?.addresses.map { "\($0.address) \($0.name)" }
  }

  // MARK: What is a message

  @Test func everyKindOfMessageIsOne() {
    let root = [UInt8](arrayLiteral: 0), opt = DNSBytes.record(root, type: 41, class: 4096, [0, 10, 0, 1, 7])
    let signature = DNSBytes.record(DNSBytes.name("key"), type: 250, class: 255, [UInt8](repeating: 3, count: 60))
    let deletion = DNSBytes.record(DNSBytes.name("old.example.org"), type: 255, class: 255, [])
    let soa = DNSBytes.question(DNSBytes.name("example.org"), type: 6)
    let messages = [
      DNSBytes.message(flags: 0x0100, questions: [asked]),
      DNSBytes.message(flags: 0x0120, questions: [DNSBytes.question(root, type: 2)], additions: [opt]),
      DNSBytes.message(flags: 0x2800, questions: [soa], authorities: [deletion], additions: [signature]),
      DNSBytes.message(flags: 0x2400, questions: [soa]),
      DNSBytes.message(flags: 0xa480, questions: [soa]),
      DNSBytes.message(
        flags: 0x0010, questions: [DNSBytes.question(DNSBytes.name("VERSION.BIND"), type: 16, class: 3)]),
      // Multicast DNS: unicast wanted, caches flushed, no question, nothing asked twice.
      DNSBytes.message(
        flags: 0, questions: [DNSBytes.question(DNSBytes.name("_ipp._tcp.local"), type: 12, class: 0x8001)],
        answers: [DNSBytes.record(DNSBytes.name("_ipp._tcp.local"), type: 12, DNSBytes.name("p._ipp._tcp.local"))]),
      DNSBytes.message(
        flags: 0x8400, answers: [DNSBytes.record(DNSBytes.name("tv.local"), type: 1, class: 0x8001, [1, 2, 3, 4])]),
      // Bits and operations that nobody gave a meaning, padding, and a record that was not counted.
      DNSBytes.message(flags: 0x4940, questions: [asked]),
      DNSBytes.message(questions: [asked]) + [UInt8](repeating: 0, count: 400),
      DNSBytes.message(questions: [asked]) + address("a", 1),
      // Refused with the header alone.
      DNSBytes.message(flags: 0x8185),
    ]
    for message in messages { #expect(DNSMessage(message[...]) != nil, "\(message)") }
  }

  @Test func otherContentIsNone() {
    let query = DNSBytes.message(flags: 0x0100, questions: [asked])
    let tls: [UInt8] = [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 0x5a, count: 506)
    let wireGuard: [UInt8] = [4, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xb7, count: 64)
    let others: [[UInt8]] = [
      [], [UInt8](repeating: 0, count: 12), [UInt8](repeating: 0, count: 40), [UInt8](repeating: 0xff, count: 40), tls,
      wireGuard, [0x38] + (1...13).map { UInt8($0) }, Array("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".utf8),
      query + [UInt8](repeating: 7, count: 200), Array(query.dropLast()),
      DNSBytes.message(flags: 0x0140), DNSBytes.message(flags: 0x0100),
      DNSBytes.message(questions: [DNSBytes.question(DNSBytes.name("a"), class: 9)]),
      DNSBytes.message(questions: [DNSBytes.question([0x41, 0x61, 0])]),
      DNSBytes.message(questions: [asked], answers: [address("a", 1).dropLast()]),
    ]
    for bytes in others { #expect(DNSMessage(bytes[...]) == nil, "\(bytes.prefix(20))") }
  }

  @Test func randomBytesAreNone() {
    for bytes in RandomPayloads(seed: 53, count: 4000) { #expect(DNSMessage(bytes) == nil) }
  }

  @Test func aMessageCutByTheCaptureIsOneAsFarAsItGoes() {
    let message = DNSBytes.message(
      questions: [asked], answers: [address("www.example.org", 1), address("b.example", 2)])
    for length in 12..<message.count {
      #expect(DNSMessage(message[..<length], isCut: true) != nil)
      #expect(DNSMessage(message[..<length]) == nil)
    }
    #expect(DNSMessage(message[..<11], isCut: true) == nil)
    #expect(DNSMessage(message[..<20], isCut: true)?.question?.text == "www.exa…")
    #expect(addresses(Array(message.dropLast()), isCut: true) == ["192.0.2.1 www.example.org"])
    // A server that cuts says so itself, and may do it in the middle of a record.
    var truncated = Array(message.dropLast(3))
    truncated[2] |= 2
    #expect(addresses(truncated) == ["192.0.2.1 www.example.org"])
  }

  // MARK: Whose addresses

  @Test func answersBelongToTheOwnersOfTheirRecords() {
    let message = DNSBytes.message(
      questions: [asked], answers: [address("WWW.Example.ORG", 1), address("other.example", 2)],
      authorities: [DNSBytes.record(DNSBytes.name("example.org"), type: 2, DNSBytes.name("ns.example.org"))],
      additions: [address("ns.example.org", 3)])
    #expect(
      addresses(message) == ["192.0.2.1 www.example.org", "192.0.2.2 other.example", "192.0.2.3 ns.example.org"])
  }

  @Test func aliasesLeadFromTheNameAskedForInAnyOrder() {
    let aliases = [("b.cdn", "c.cdn"), ("www.example.org", "b.cdn"), ("c.cdn", "www.example.org")].map {
      DNSBytes.record(DNSBytes.name($0.0), type: 5, DNSBytes.name($0.1))
    }
    let message = DNSBytes.message(questions: [asked], answers: [address("C.cdn", 1)] + aliases + [address("x.cdn", 2)])
    #expect(addresses(message) == ["192.0.2.1 www.example.org", "192.0.2.1 c.cdn", "192.0.2.2 x.cdn"])
  }

  @Test func serviceBindingsAndServicesNameTheirHosts() {
    let hints: [UInt8] =
      [0, 1, 0, 3, 2, 0x68, 0x32] + [0, 4, 0, 8, 192, 0, 2, 7, 192, 0, 2, 8] + [0, 6, 0, 16, 0x20, 1, 0x0d, 0xb8]
      + [UInt8](repeating: 0, count: 11) + [1]
    let own = DNSBytes.record(DNSBytes.name("www.example.org"), type: 65, [0, 1, 0] + hints)
    #expect(
      addresses(DNSBytes.message(questions: [asked], answers: [own]))
        == ["192.0.2.7", "192.0.2.8", "2001:db8::1"].map { "\($0) www.example.org" })
    let alias = DNSBytes.record(DNSBytes.name("www.example.org"), type: 65, [0, 0] + DNSBytes.name("svc.example"))
    #expect(
      addresses(DNSBytes.message(questions: [asked], answers: [alias], additions: [address("svc.example", 9)]))
        == ["192.0.2.9 www.example.org", "192.0.2.9 svc.example"])
    let service = DNSBytes.name("_xmpp-client._tcp.example.org")
    let target = DNSBytes.record(service, type: 33, [0, 0, 0, 0, 0x14, 0x66] + DNSBytes.name("xmpp.example.org"))
    let message = DNSBytes.message(
      questions: [DNSBytes.question(service, type: 33)], answers: [target], additions: [address("xmpp.example.org", 5)])
    #expect(addresses(message) == ["192.0.2.5 xmpp.example.org"])
    #expect(DNSMessage(message[...])?.question?.text == "_xmpp-client._tcp.example.org")
  }

  @Test func whatIsNoAnswerNamesNoAddress() {
    #expect(addresses(DNSBytes.message(flags: 0x0100, questions: [asked], answers: [address("a", 1)]))?.isEmpty == true)
    let update = DNSBytes.message(flags: 0xa800, questions: [asked], authorities: [address("a", 1)])
    #expect(addresses(update)?.isEmpty == true)
    let chaos = DNSBytes.record(DNSBytes.name("a"), type: 1, class: 3, [1, 2, 3, 4])
    #expect(addresses(DNSBytes.message(questions: [asked], answers: [chaos]))?.isEmpty == true)
  }

  // MARK: Names

  @Test func oddNamesEndNothing() throws {
    let odd: [[UInt8]] = [
      [3, 0x61, 0x2e, 0x62, 2, 0x5c, 0, 0], [0xc0, 12], [0xff, 0xff],
      (0..<5).flatMap { _ in [63] + [UInt8](repeating: 0x61, count: 63) } + [0],
    ]
    let texts = [
      "a\\.b.\\\\\\x00", "…", "…",
      Array(repeating: String(repeating: "a", count: 63), count: 3).joined(separator: ".") + "…",
    ]
    for (name, text) in zip(odd, texts) {
      let message = DNSBytes.message(
        questions: [DNSBytes.question(name)],
        answers: [DNSBytes.record(name, type: 16, [1, 0x78]), address("tv.local", 4)])
      let read = try #require(DNSMessage(message[...]))
      #expect(read.question?.text == text)
      #expect(addresses(message) == ["192.0.2.4 tv.local"])
    }
    #expect(DNSMessage(DNSBytes.message(questions: [DNSBytes.question([0])])[...])?.question?.text == ".")
  }

  /// A message anywhere in a datagram: pointers count from its own beginning.
  @Test func pointersCountFromTheMessage() throws {
    let message = DNSBytes.message(
      questions: [asked], answers: [DNSBytes.record([0xc0, 12], type: 1, [192, 0, 2, 6])])
    let shifted = [9, 9, 9] + message
    let read = try #require(DNSMessage(shifted[3...]))
    #expect(read.addresses.map(\.name) == ["www.example.org"])
  }

  @Test func changedAndCutMessagesAreSurvived() {
    let alias = DNSBytes.record([0xc0, 12], type: 5, [1, 0x62, 0xc0, 16])
    let https = DNSBytes.record([0xc0, 16], type: 65, [0, 1, 0, 0, 4, 0, 4, 1, 2, 3, 4])
    let message = DNSBytes.message(questions: [asked], answers: [alias, https, address("b", 1)])
    var random = SplitMix64(seed: 35)
    for _ in 0..<50_000 {
      var changed = message
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8(random.next() & 0xff)
      }
      let length = Int.random(in: 0...changed.count, using: &random)
      _ = DNSMessage(changed[..<length], isCut: true)
      _ = DNSMessage(changed[...])
    }
  }

  /// A name in 64 KiB of names costs no more than its bounds allow.
  @Test func hostileMessagesCostLittle() {
    let labels = (0..<100).flatMap { _ in [1, 0x61] as [UInt8] }
    let first = DNSBytes.record(labels + [0], type: 16, [])
    let pointing = [[UInt8]](repeating: DNSBytes.record([0xc0, 12], type: 1, [1, 2, 3, 4]), count: 4000)
    let message = DNSBytes.message(answers: [first] + pointing)
    #expect(DNSMessage(message[...])?.addresses.count == 256)
  }

  // MARK: Streams

  @Test func messagesOfAStreamAreReadInTurn() throws {
    let one = DNSBytes.message(flags: 0x0100, questions: [asked]),
      two = DNSBytes.message(questions: [asked], answers: [address("a", 1)])
    let stream = [one, two].flatMap { Frame.big(UInt16($0.count)) + $0 }
    guard case .message(let first, let end) = DNSStream.next(in: stream[...], at: 0),
      case .message(let second, let last) = DNSStream.next(in: stream[...], at: end)
    else {
      Issue.record("two messages")
      return
    }
    #expect(!first.isResponse && second.isResponse && second.addresses.count == 1 && last == stream.count)
    for length in 0..<2 + one.count {
      guard case .needsMore = DNSStream.next(in: stream[..<length], at: 0) else {
        Issue.record("\(length) bytes may go on")
        return
      }
    }
  }

  /// TLS on the port of DNS is ruled out by its first bytes.
  @Test(
    arguments: [
      [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 7, 7, 7, 7, 7], Array("GET / HTTP/1.1\r\n".utf8), [0, 11, 0, 0], [0, 0],
    ] as [[UInt8]])
  func otherStreamsAreNone(bytes: [UInt8]) {
    guard case .isNone = DNSStream.next(in: bytes[...], at: 0) else {
      Issue.record("\(bytes) is no DNS")
      return
    }
  }
}
