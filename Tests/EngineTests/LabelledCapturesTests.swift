import Engine
import Foundation
import Learning
import Testing

@Suite struct LabelledCapturesTests {
  @Test(arguments: [
    ("skype_file1.dup1.pcap.zst", "skype_file1"), ("Torrent01.first60.pcap", "torrent01"), ("x", "x"),
    ("icq_chat_3a.pcap", "icq_chat_3"), ("icq_chat_3b.pcap.zst", "icq_chat_3"), ("vpn_ftps_A.dup1.pcap", "vpn_ftps"),
    ("web.pcap", "web"), ("2b.pcap", "2b"), ("_a.pcap", "_a"), ("", ""),
  ])
  func partsOfOneCaptureAreOneGroup(name: String, group: String) {
    #expect(LabelledCaptures.group(fileName: name) == group)
  }

  @Test func aScenarioOfTheLabelFileIsTheGroup() throws {
    let captures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../fixtures/captures")
    let labels = try LabelMap(parsing: "captures/tls* tls lab\ncaptures/http.* http lab\nssh* ssh\n")
    let found = LabelledCaptures(labels: labels, contract: .paper).collect([captures.path])
    #expect(found.dataset.labels == ["http", "ssh", "tls"])
    let groups = Set(found.dataset.examples.map { "\(found.dataset.labels[$0.label]) \($0.group)" })
    #expect(groups == ["http lab", "tls lab", "ssh ssh"])
  }

  @Test func `flows of an archive lie in its members, as a case has them`() throws {
    let captures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../fixtures/captures")
    let scratch = try ScratchScan()
    let names = try FileManager.default.contentsOfDirectory(atPath: captures.path).filter { $0.hasPrefix("tls") }
      .sorted()
    try #require(names.count >= 2)
    for name in names { try scratch.write(name, Array(Data(contentsOf: captures.appendingPathComponent(name)))) }
    try scratch.run("tar", "cf", "both.tar", names[0], names[1])
    let archive = scratch.url.appendingPathComponent("both.tar").path
    let found = LabelledCaptures(labels: try LabelMap(parsing: "both* tls\n"), contract: .paper).collect([archive])
    let places = found.dataset.examples.map {
      "\($0.path.replacingOccurrences(of: scratch.url.path + "/", with: ""))|\($0.flow.record.firstPacket.number)"
    }
    #expect(Set(places.map { $0.prefix { $0 != "|" } }).count == 2)
    try scratch.scan("both.tar", into: "c.db")
    let scanned = try scratch.ask("c.db", "SELECT evidence_path, first_packet FROM flows")
    #expect(Set(places).isSubset(of: Set(scanned)), "\(places) \(scanned)")
  }
}
