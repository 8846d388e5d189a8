import Testing
import Traffic

@Suite struct DTLSHelloTests {
  private func vector16(_ bytes: [UInt8]) -> [UInt8] { Frame.big(UInt16(bytes.count)) + bytes }

  private func hello(_ name: String, cookie: [UInt8] = [], padding: Int = 200) -> [UInt8] {
    let server = vector16([0] + vector16(Array(name.utf8)))
    let extensions = [0, 0] + vector16(server) + [0, 21] + vector16([UInt8](repeating: 0, count: padding))
    return [0xfe, 0xfd] + [UInt8](repeating: 7, count: 32) + [0, UInt8(cookie.count)] + cookie + [
      0, 2, 0xc0, 0x2b, 1, 0,
    ]
      + vector16(extensions)
  }

  /// A record with a fragment of a message.
  private func record(
    _ body: [UInt8], _ range: Range<Int>, sequence: UInt16 = 0, type: UInt8 = 1, version: [UInt8] = [0xfe, 0xff]
  ) -> [UInt8] {
    func three(_ value: Int) -> [UInt8] { [UInt8(value >> 16)] + Frame.big(UInt16(value & 0xffff)) }
    let fragment =
      [type] + three(body.count) + Frame.big(sequence) + three(range.lowerBound) + three(range.count) + body[range]
    return [22] + version + [0, 0, 0, 0, 0, 0, 0, 9] + vector16(fragment)
  }

  @Test func fragmentsInAnyOrderRepeatedAndOverlapping() {
    let body = hello("dtls.example.org")
    let pieces = [0..<100, 90..<150, 150..<body.count].map { record(body, $0) }
    for order in [[0, 1, 2], [2, 1, 0], [1, 1, 0, 0, 2]] {
      var reader = DTLSHelloReader()
      let found = order.compactMap { reader.read(pieces[$0]) }
      #expect(found.count == 1 && found.first?.serverName?.name == "dtls.example.org")
    }
    var together = DTLSHelloReader()
    #expect(together.read(pieces.flatMap { $0 })?.serverName?.name == "dtls.example.org")
    var lacking = DTLSHelloReader()
    #expect(lacking.read(pieces[0] + pieces[2]) == nil)
  }

  @Test func theHelloWithTheCookieReplacesTheFirst() {
    let first = hello("first.example"), second = hello("second.example", cookie: [1, 2, 3])
    var reader = DTLSHelloReader()
    #expect(reader.read(record(first, 0..<first.count))?.serverName?.name == "first.example")
    #expect(reader.read(record(second, 100..<second.count, sequence: 1)) == nil)
    #expect(reader.read(record(second, 0..<100, sequence: 1))?.serverName?.name == "second.example")
    // The first one, late and again.
    #expect(reader.read(record(first, 0..<first.count)) == nil)
  }

  @Test func theServersVersion() {
    let answer: [UInt8] = [0xfe, 0xfd] + [UInt8](repeating: 9, count: 32) + [0, 0x13, 1, 0]
    let newer = answer + vector16([0, 0x2b] + vector16([0xfe, 0xfc]))
    var reader = DTLSHelloReader()
    // A request for a cookie says nothing of the version.
    #expect(reader.chosenVersion(record([0xfe, 0xff, 2, 1, 1], 0..<5, type: 3)) == nil)
    #expect(reader.chosenVersion(record(newer, 0..<30, sequence: 1, type: 2)) == nil)
    #expect(reader.chosenVersion(record(newer, 30..<newer.count, sequence: 1, type: 2)) == 0xfefc)
    #expect(reader.chosenVersion(record(answer, 0..<answer.count, sequence: 2, type: 2)) == 0xfefd)
  }

  @Test func anyDatagramIsSurvived() {
    let body = hello("dtls.example.org")
    let datagram = record(body, 0..<100) + record(body, 100..<body.count)
    var random = SplitMix64(seed: 6347)
    var reader = DTLSHelloReader()
    for _ in 0..<3000 {
      var changed = datagram
      for _ in 0..<3 {
        changed[Int.random(in: 0..<60, using: &random)] = UInt8(random.next() & 0xff)
      }
      let length = Int.random(in: 0...changed.count, using: &random)
      _ = reader.read(Array(changed[..<length]))
      _ = reader.chosenVersion(Array(changed[..<length]))
    }
  }
}
