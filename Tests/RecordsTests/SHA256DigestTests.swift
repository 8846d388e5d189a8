import Records
import Testing

@Suite struct SHA256DigestTests {
  @Test func hexRoundTrips() {
    let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(SHA256Digest(hex: hex)?.description == hex)
  }

  @Test(arguments: ["", "e3", String(repeating: "g", count: 64), String(repeating: "0", count: 66)])
  func anythingElseIsRefused(hex: String) { #expect(SHA256Digest(hex: hex) == nil) }
}
