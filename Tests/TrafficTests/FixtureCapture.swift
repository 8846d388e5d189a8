import Foundation

/// A capture that is committed with the project.
enum FixtureCapture {
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures")

  /// Captures of each format that the readers know, by their path in `fixtures`.
  static let formats = [
    "captures/refused.pcap", "formats/refused-modpcap.pcap", "formats/refused-netmon1.cap",
    "formats/refused-netmon2.cap",
    "formats/refused-ngwsniffer_1_1.caz", "formats/refused-ngwsniffer_2_0.caz", "formats/refused-nokiapcap.pcap",
    "formats/refused-notes.pcapng", "formats/refused-rh6_1pcap.pcap", "formats/refused-suse6_3pcap.pcap",
    "formats/refused.erf", "formats/refused.snoop",
  ]

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: directory.appendingPathComponent(path)))
  }
}
