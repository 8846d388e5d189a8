import Testing
import Traffic

@Suite struct WireTextTests {
  private func text(_ bytes: [UInt8]) -> String? { WireText.text(bytes[...]) }

  @Test func oddBytesAreEscapedAndNothingIsDropped() {
    #expect(text(Array("a b~".utf8)) == "a b~")
    #expect(text(Array("a\\b".utf8)) == "a\\\\b")
    #expect(text([0x61, 0, 0x7f, 0xc3, 0xbc, 0x0a]) == "a\\x00\\x7f\\xc3\\xbc\\x0a")
    #expect(text([]) == nil)
    for byte in UInt8.min...UInt8.max { #expect(text([byte])?.isEmpty == false) }
  }

  @Test func longTextIsCutAndMarked() {
    #expect(text([UInt8](repeating: 0x61, count: 255)) == String(repeating: "a", count: 255))
    #expect(text([UInt8](repeating: 0x61, count: 256)) == String(repeating: "a", count: 255) + "…+1")
    #expect(text([UInt8](repeating: 0, count: 70_000)) == String(repeating: "\\x00", count: 255) + "…+69745")
  }

  /// No two texts of the wire look alike while they are not cut, so the mark cannot be feigned.
  @Test func differentBytesGiveDifferentTexts() {
    #expect(text(Array("a…+1".utf8)) == "a\\xe2\\x80\\xa6+1")
    #expect(text(Array("\\x00".utf8)) != text([0]))
    var random = SplitMix64(seed: 18)
    var seen: [String: [UInt8]] = [:]
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 1...4, using: &random)).map { _ in [0, 0x5c, 0x78, 0x30][Int(random.next() % 4)] }
        .map { UInt8($0) }
      guard let text = text(bytes) else { continue }
      #expect(seen[text] == nil || seen[text] == bytes)
      seen[text] = bytes
    }
  }
}
