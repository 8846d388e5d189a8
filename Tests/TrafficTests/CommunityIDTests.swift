import Records
import Testing
import Traffic

@Suite struct CommunityIDTests {
  /// Values published with the Community ID specification (its baseline for seed 0).
  @Test func publishedVectorsAgree() {
    func host(_ address: [UInt8], _ port: UInt16) -> Frame.Host { Frame.Host(address: address, port: port) }
    let vectors: [([UInt8], String)] = [
      (
        Frame.tcp(host([128, 232, 110, 120], 34855), host([66, 35, 250, 204], 80), flags: 16),
        "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
      ),
      (
        Frame.tcp(host([66, 35, 250, 204], 80), host([128, 232, 110, 120], 34855), flags: 16),
        "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
      ),
      (Frame.udp(host([192, 168, 1, 52], 54585), host([8, 8, 8, 8], 53)), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
      (
        Frame.ipv4(1, host([192, 168, 0, 89], 0), host([192, 168, 0, 1], 0), [8, 0, 0, 0, 0, 0, 0, 0]),
        "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="
      ),
      (
        Frame.ipv4(1, host([192, 168, 0, 1], 0), host([192, 168, 0, 89], 0), [0, 0, 0, 0, 0, 0, 0, 0]),
        "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="
      ),
    ]
    for (packet, expected) in vectors {
      var capture = CaptureBuilder.pcap(linkType: 101)
      capture.record(seconds: 1, packet)
      #expect(Tracked(capture.bytes).flows.first?.record.communityID == expected)
    }
  }
}
