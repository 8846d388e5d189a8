import Records
import Testing

@Suite struct IPAddressTextTests {
  @Test func everyAddressReadsBackFromItsText() {
    var state: UInt64 = 7
    let next = { () -> UInt64 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
    for _ in 0..<2000 {
      let v4 = IPAddress(v4: UInt32(truncatingIfNeeded: next()))
      #expect(IPAddress(v4.description) == v4)
      // Groups of zeros in all places, as they occur.
      let mask = next()
      let word = { (shift: UInt64) -> UInt64 in
        (0..<4).reduce(UInt64(0)) { $0 << 16 | (mask >> (shift + UInt64($1)) & 1 == 0 ? 0 : next() & 0xffff) }
      }
      let v6 = IPAddress(v6High: word(0), low: word(4))
      #expect(IPAddress(v6.description) == v6, "\(v6)")
    }
  }

  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
    ("::ffff:192.0.2.128", "::ffff:192.0.2.128"), ("0:0:0:0:0:0:0:0", "::"),
  ])
  func formsOfTheRFCAreRead(text: String, canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.+4", "1..2.3", "01234.1.1.1", ":", ":::", "1:2:3:4:5:6:7", "1::2::3",
    "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3", "1.2.3.4::", "g::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::-1",
    "fe80::1%eth0",
  ])
  func whatIsNoAddressIsRefused(text: String) { #expect(IPAddress(text) == nil) }
}
