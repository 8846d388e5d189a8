import Evidence
import Testing

@Suite struct ContentKindTests {
  @Test func everyPrefixOfAMagicIsSafeToLookAt() {
    for first in UInt8.min...UInt8.max {
      for length in 0..<5 { _ = ContentKind(prefix: [UInt8](repeating: first, count: length)) }
    }
    #expect(ContentKind(prefix: []) == .unknown)
  }

  @Test(
    arguments: [
      ([0xa1, 0xb2, 0xc3, 0xd4], ContentKind.pcap), ([0x4d, 0x3c, 0xb2, 0xa1], .pcap),
      ([0x34, 0xcd, 0xb2, 0xa1], .pcap),
      ([0x0a, 0x0d, 0x0d, 0x0a], .pcapng), ([0x5a, 0x2a, 0x4d, 0x18], .zstd), ([0x1f, 0x8b], .gzip),
    ] as [([UInt8], ContentKind)])
  func magicsDecide(prefix: [UInt8], kind: ContentKind) { #expect(ContentKind(prefix: prefix) == kind) }
}
