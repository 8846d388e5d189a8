import Testing
import Traffic

@Suite struct ServerNameFormsTests {
  private func host(_ text: String) -> ServerName? { ServerName(host: Array(text.utf8)[...]) }

  @Test(
    arguments: [
      ("www.example.org", "www.example.org"), ("WWW.Example.org:8080", "www.example.org"),
      ("www.example.org.", "www.example.org"), ("www.example.org.:80", "www.example.org"),
      ("www.example.org:", "www.example.org"), ("user:secret@www.example.org:443", "www.example.org"),
      ("[2001:DB8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"),
      ("192.0.2.1:8080", "192.0.2.1"), ("[v1.x", "[v1.x"), ("a:b", "a:b"), (":8080", ":8080"), ("user@", "user@"),
      (".", "."), ("a..", "a."), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
      ("B\u{fc}cher.example", "b\\xc3\\xbccher.example"), ("a b.example", "a b.example"),
    ])
  func whatIsComparedAndShown(host text: String, name: String) {
    let found = host(text)
    #expect(found?.name == name)
    #expect(found?.raw == (text == name ? nil : WireText.text(Array(text.utf8)[...])))
  }

  @Test func aNameOfTLSHasNoPort() {
    func name(_ text: String) -> ServerName? { ServerName(serverNameIndication: Array(text.utf8)[...]) }
    #expect(name("WWW.example.org.")?.name == "www.example.org")
    #expect(name("WWW.example.org.")?.raw == "WWW.example.org.")
    #expect(name("www.example.org:443")?.name == "www.example.org:443")
    #expect(name("good.example\0.evil.example")?.name == "good.example\\x00.evil.example")
    #expect(name("") == nil)
  }

  @Test func longNamesAreCutOnceWhatDoesNotBelongIsOff() {
    let long = String(repeating: "A", count: 300)
    #expect(host(long + ":80")?.name == String(repeating: "a", count: 255) + "…+45")
    #expect(host(long + ":80")?.raw == String(repeating: "A", count: 255) + "…+48")
  }

  @Test func anyBytesGiveAName() {
    var random = SplitMix64(seed: 4)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        Bool.random(using: &random) ? Array("[]@:.a1".utf8)[Int(random.next() % 7)] : UInt8(random.next() & 0xff)
      }
      #expect(ServerName(host: bytes[...])?.name.isEmpty == false)
      #expect(ServerName(serverNameIndication: bytes[...])?.name.isEmpty == false)
    }
  }
}
