import Engine
import Foundation
import Testing

@Suite struct LabelMapTests {
  @Test func theFirstMatchDecidesAndCaseDoesNotMatter() throws {
    let map = try LabelMap(parsing: "# comment\nvpn_*  Vpn # tail\n\nskip?.pcap -\n*[0-3]*.pcap\tLow\n* Rest\n")
    #expect(map.rule(path: "VPN_skype.pcap")?.label == "Vpn")
    #expect(map.rule(path: "skip1.pcap") == nil)
    #expect(map.rule(path: "a2.pcap")?.label == "Low")
    #expect(map.rule(path: "a9.pcap")?.label == "Rest")
    #expect(map.labels == ["Low", "Rest", "Vpn"])
  }

  @Test func aLineWithoutAClassOrWithTooManyWordsIsNamed() {
    for text in ["a b\nonly-one\n", "a b c\na b c d\n"] {
      do {
        _ = try LabelMap(parsing: text)
        Issue.record("read: \(text)")
      } catch { #expect(error.line == 2) }
    }
  }

  @Test func aPatternWithSlashesIsForTheEndOfAPath() throws {
    let map = try LabelMap(parsing: "vpn-*/*-outer* -\nvpn-chat/irc-* Vpn_Chat lab-irc\n/chat/* Chat\nirc-* Other\n")
    func said(_ path: String) -> String? { map.rule(path: path).map { "\($0.label) \($0.scenario ?? "-")" } }
    #expect(said("/evidence/VPN-chat/irc-1-inner.pcap") == "Vpn_Chat lab-irc")
    #expect(said("vpn-chat/irc-1-outer.pcap") == nil)
    #expect(said("a/chat/irc-1.pcap") == "Chat -")
    #expect(said("a/vpn-chat/b/irc-1.pcap") == "Other -", "a star does not cross a slash")
    #expect(said("irc-1.pcap") == "Other -", "a path shorter than the pattern does not match it")
    #expect(said("") == nil)
  }

  @Test func filesAreAskedOneAfterTheOther() throws {
    var map = try LabelMap(parsing: "a* First\n")
    map.append(try LabelMap(parsing: "* Second\n"))
    #expect(map.rule(path: "ab")?.label == "First" && map.rule(path: "b")?.label == "Second")
  }

  @Test func theShippedFilesKnowTheirCaptures() throws {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../fixtures/labels")
    var map = LabelMap()
    for name in ["testbed", "ndpi", "iscx-vpn-nonvpn-2016"] {
      let text = try String(contentsOf: directory.appendingPathComponent(name + ".labels"), encoding: .utf8)
      map.append(try LabelMap(parsing: text))
    }
    func said(_ path: String) -> String? { map.rule(path: path).map { "\($0.label) \($0.scenario ?? "-")" } }
    #expect(said("vpn-voip/sipp-wireguard-12-s0-inner.pcap.zst") == "Vpn_Voip -")
    #expect(said("vpn-voip/sipp-wireguard-12-s0-outer.pcap.zst") == "Tunnel -")
    #expect(said("voip/baresip-plain-3-s1-outer.pcap.zst") == "Voip -")
    #expect(said("cfgs/default/pcap/whatsapp.pcap") == "Chat -" && said("pcap/skype.pcap") == nil)
    #expect(said("iscx/youtube1.pcap") == "Streaming -" && said("vpn_skype_files1a.pcap") == "Vpn_File -")
  }

  @Test func linesMayEndAsWindowsEndsThem() throws {
    let map = try LabelMap(parsing: "\u{FEFF}a* First\r\n\r\n* Second lab\r\n")
    #expect(map.rule(path: "ab")?.label == "First" && map.rule(path: "b")?.scenario == "lab")
  }

  @Test func manyStarsDoNotTakeForever() throws {
    let map = try LabelMap(parsing: String(repeating: "*a", count: 40) + "b Class\n")
    #expect(map.rule(path: String(repeating: "a", count: 4000)) == nil)
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
    for (name, label) in expected { #expect(map.rule(path: name)?.label == label, "\(name)") }
  }
}
