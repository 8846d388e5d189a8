import Records
import Testing

@Suite struct IPAddressTests {
  /// The examples of RFC 5952, and what surrounds them.
  @Test(
    arguments: [
      (0x2001_0db8_0000_0000, 0x0000_0000_0000_0001, "2001:db8::1"),
      (0x2001_0db8_0000_0001, 0x0001_0001_0001_0001, "2001:db8:0:1:1:1:1:1"),
      (0x2001_0db8_0000_0000, 0x0001_0000_0000_0001, "2001:db8::1:0:0:1"),
      (0, 0, "::"),
      (0, 1, "::1"),
      (0xfe80_0000_0000_0000, 0, "fe80::"),
      (0, 0x0000_ffff_c000_0201, "::ffff:192.0.2.1"),
    ] as [(UInt64, UInt64, String)])
  func v6TextIsCanonical(high: UInt64, low: UInt64, text: String) {
    #expect(IPAddress(v6High: high, low: low).description == text)
  }

  @Test func v4SortsBeforeV6AndPrintsDotted() {
    let v4 = IPAddress(v4: 0xffff_ffff)
    #expect(v4.description == "255.255.255.255")
    #expect(v4 < IPAddress(v6High: 0, low: 0))
    #expect(v4.bytes == [255, 255, 255, 255])
    #expect(IPAddress(v6High: 1, low: 2).bytes.count == 16)
  }
}
