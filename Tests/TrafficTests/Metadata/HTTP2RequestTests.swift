import Testing
import Traffic

@Suite struct HTTP2RequestTests {
  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private func text(_ fields: [HPACKDecoder.Field]) -> [String] {
    fields.map { String(decoding: $0.name, as: UTF8.self) + ": " + String(decoding: $0.value, as: UTF8.self) }
  }

  /// Requests of RFC 7541 appendix C.3 (plain) and C.4 (Huffman).
  private let examples = [
    [
      "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ],
    [
      "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ],
  ]

  @Test func theExamplesOfTheRFC() {
    let rest = [
      [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
      [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
      [
        ":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com",
        "custom-key: custom-value",
      ],
    ]
    for example in examples {
      var decoder = HPACKDecoder()
      for (block, expected) in zip(example, rest) {
        let (fields, isWhole) = decoder.decode(bytes(block)[...])
        #expect(isWhole)
        #expect(text(fields) == expected)
      }
    }
  }

  /// Appendix C.6: a table of 256 bytes, from which entries are driven out.
  @Test func entriesAreDrivenOut() {
    var decoder = HPACKDecoder()
    _ = decoder.decode([0x3f, 0xe1, 0x01])
    let blocks = [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
      "4883640effc1c0bf",
      """
      88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f36
      72c1ab270fb5291f9587316065c003ed4ee5b1063d5007
      """,
    ]
    let found = blocks.map { text(decoder.decode(bytes($0)[...]).fields) }
    #expect(found[0].first == ":status: 302" && found[0].last == "location: https://www.example.com")
    #expect(found[1] == [":status: 307"] + found[0].dropFirst())
    #expect(found[2].last == "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")
  }

  private func frame(_ type: UInt8, flags: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0] + Frame.big(UInt16(payload.count)) + [type, flags, 0, 0, 0, 1] + payload
  }

  private func literal(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  private var block: [UInt8] {
    literal("host", "front.example") + literal(":authority", "WWW.Example.org:443") + literal("user-agent", "a\u{7}b")
  }

  @Test func authorityBeatsHostOverPaddingPriorityAndContinuation() throws {
    let beginning = HTTP2Request.preface + frame(4, flags: 0, []) + frame(8, flags: 0, [0, 0, 1, 0])
    let padded = [3, 0, 0, 0, 0, 16] + block.prefix(9) + [0, 0, 0]
    let stream =
      beginning + frame(1, flags: 0x28, padded) + frame(9, flags: 0, Array(block[9..<20]))
      + frame(9, flags: 4, Array(block[20...]))
    let (request, isWhole) = try #require(HTTP2Request.parse(stream[...]))
    #expect(isWhole)
    #expect(request.authority?.name == "www.example.org")
    #expect(request.authority?.raw == "WWW.Example.org:443")
    #expect(request.userAgent == "a\\x07b")
    let host = beginning + frame(1, flags: 4, literal("host", "front.example"))
    #expect(HTTP2Request.parse(host[...])?.request.authority?.name == "front.example")
    #expect(HTTP2Request.parse(Array("GET / HTTP/1.1\r\n".utf8)[...]) == nil)
    for length in HTTP2Request.preface.count..<stream.count {
      #expect(HTTP2Request.parse(stream[..<length])?.isWhole == false)
    }
  }

  /// A request without a name is followed by one whose name stands in the table that the first one filled.
  @Test func theTableGoesOnFromRequestToRequest() {
    let first = [0x40] + literal("x-name", "later.example").dropFirst()
    let second: [UInt8] = [0x41, 13] + Array("later.example".utf8)
    let stream = HTTP2Request.preface + frame(1, flags: 4, first) + frame(1, flags: 4, second)
    #expect(HTTP2Request.parse(stream[...])?.request.authority?.name == "later.example")
  }

  @Test func anyStreamIsSurvived() {
    var random = SplitMix64(seed: 7541)
    let stream = HTTP2Request.preface + frame(1, flags: 4, bytes(examples[1][0]) + block)
    for _ in 0..<4000 {
      var changed = stream
      for _ in 0..<3 {
        changed[Int.random(in: 24..<changed.count, using: &random)] = UInt8(random.next() & 0xff)
      }
      _ = HTTP2Request.parse(changed[..<Int.random(in: 24...changed.count, using: &random)])
    }
    for payload in RandomPayloads(seed: 2, count: 1000) {
      var decoder = HPACKDecoder()
      _ = decoder.decode(payload)
      _ = HTTP2Request.parse((HTTP2Request.preface + payload)[...])
    }
  }
}
