import Engine
import Foundation
import Testing

@Suite struct LabelMapTests {
  @Test func theFirstMatchDecidesAndCaseDoesNotMatter() throws {
    let map = try LabelMap(parsing: "# comment\nvpn_*  Vpn # tail\n\nskip?.pcap -\n*[0-3]*.pcap\tLow\n* Rest\n")
    #expect(map.label(fileName: "VPN_skype.pcap") == "Vpn")
    #expect(map.label(fileName: "skip1.pcap") == nil)
    #expect(map.label(fileName: "a2.pcap") == "Low")
    #expect(map.label(fileName: "a9.pcap") == "Rest")
    #expect(map.labels == ["Low", "Rest", "Vpn"])
  }

  @Test func aLineThatIsNotTwoWordsIsNamed() {
    #expect(throws: LabelMapError.self) { try LabelMap(parsing: "a b\nonly-one\n") }
  }

  @Test func manyStarsDoNotTakeForever() throws {
    let map = try LabelMap(parsing: String(repeating: "*a", count: 40) + "b Class\n")
    #expect(map.label(fileName: String(repeating: "a", count: 4000)) == nil)
  }

  /// The names listed for the original data set, each with its class.
  @Test func theShippedFileKnowsTheOriginalNames() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../fixtures/labels/iscx-vpn-nonvpn-2016.labels")
    let map = try LabelMap(parsing: String(contentsOf: file, encoding: .utf8))
    let expected = [
      "AIMchat1.pcapng": "Chat", "hangout_chat_4b.pcap": "Chat", "email1a.pcap": "Email", "skype_file8.pcap": "File",
      "ftps_down_1a.pcap": "File", "scpDown1.pcap": "File", "Torrent01.pcapng": "P2p",
      "youtubeHTML5_1.pcap": "Streaming",
      "voipbuster4b.pcap": "Voip", "vpn_aim_chat1a.pcap": "Vpn_Chat", "vpn_email2a.pcap": "Vpn_Email",
      "vpn_bittorrent.pcap": "Vpn_P2p", "vpn_voipbuster1a.dlt1.pcap.zst": "Vpn_Voip", "vpn_sftp_A.pcap": "Vpn_File",
      "netflix1.dup1.pcap.zst": "Streaming",
    ]
    for (name, label) in expected { #expect(map.label(fileName: name) == label, "\(name)") }
  }
}
