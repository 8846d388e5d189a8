import Foundation
import Learning
import Records
import Testing

@testable import Engine

@Suite struct FlowLabelsTests {
  private static let captures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "../../fixtures/captures"
  ).standardized

  private func labels(
    _ text: String, name: String = "t.csv", _ change: (inout FlowLabels.Options) -> Void = { _ in }
  ) throws -> FlowLabels {
    var options = FlowLabels.Options()
    options.laboratory = "ours"
    change(&options)
    var labels = FlowLabels()
    try labels.add(text, name: name, options)
    return labels
  }

  private func collect(_ labels: FlowLabels, map: LabelMap = LabelMap()) -> LabelledCaptures.Collection {
    var contract = InputContract.paper
    contract.leaveOut = .infrastructure
    return LabelledCaptures(labels: map, flowLabels: labels, contract: contract).collect([Self.captures.path])
  }

  /// The flow of the fixture, as tables of five kinds name it.
  private static func forms() throws -> [(name: String, text: String)] {
    let found = LabelledCaptures(labels: try LabelMap(parsing: "tls13.pcap TLS\n"), contract: .paper).collect([
      captures.path
    ])
    let record = try #require(found.dataset.examples.first).flow.record
    let (a, b) = (record.originator, record.responder)
    let seconds = Double(record.start.nanoseconds) / 1e9
    let id = try #require(record.communityID)
    let ends = "\(a.address),\(a.port),\(b.address),\(b.port)"
    return [
      ("ours", "path,ip_a,port_a,ip_b,port_b,proto,class\ncaptures/tls13.pcap,\(ends),6,Mail\n"),
      ("turned", "ip_a,port_a,ip_b,port_b,proto,class\n\(b.address),\(b.port),\(a.address),\(a.port),tcp,Mail\n"),
      (
        "zeek",
        "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tlabel\n"
          + "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\n"
          + "\(seconds)\tC1\t\(a.address)\t\(a.port)\t\(b.address)\t\(b.port)\ttcp\tMail\n"
      ),
      (
        "zeek json",
        "{\"ts\":\(seconds),\"id.orig_h\":\"\(a.address)\",\"id.orig_p\":\(a.port),\"id.resp_h\":\"\(b.address)\",\"id.resp_p\":\(b.port),\"proto\":\"tcp\",\"label\":\"Mail\"}\n"
      ),
      (
        "nfstream",
        "src_ip,src_port,dst_ip,dst_port,protocol,bidirectional_first_seen_ms,label\n\(ends),6,\(seconds * 1000),Mail\n"
      ),
      (
        "cicflowmeter",
        "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Label\nx,\(ends),6,09/06/2015 01:02:03,Mail\n"
      ),
      ("ndpi", "file\tl4\ta\tb\tlabel\ntls13.pcap\tTCP\t\(a.address):\(a.port)\t\(b.address):\(b.port)\tMail\n"),
      ("community id", "community_id,class\n\(id),Mail\n"),
    ]
  }

  @Test func `each form of table finds its flow`() throws {
    for form in try Self.forms() {
      let found = collect(try labels(form.text, name: form.name))
      #expect(found.dataset.labels == ["Mail"], "\(form.name)")
      #expect(found.dataset.examples.map(\.laboratory) == ["ours"], "\(form.name)")
      #expect(found.flowLabels.matchedLines == 1 && found.flowLabels.flows == 1, "\(form.name)")
    }
  }

  @Test func `a flow_uid names a flow as a case does`() throws {
    let scratch = try ScratchScan()
    try scratch.write("x.pcap", Array(Data(contentsOf: Self.captures.appending(path: "tls13.pcap"))))
    try scratch.scan("x.pcap", into: "c.db")
    let uid = try #require(try scratch.ask("c.db", "SELECT flow_uid, 1 FROM flows").first?.prefix { $0 != "|" })
    let found = collect(try labels("flow_uid,class\n\(uid),Mail\n"))
    #expect(found.dataset.examples.count == 1 && found.dataset.labels == ["Mail"])
  }

  @Test func `classes are renamed, and lines that do not count are passed over`() throws {
    let text = try Self.forms()[0].text.replacingOccurrences(of: ",class", with: ",class,kind")
      .replacingOccurrences(of: "Mail\n", with: "VPN-mail,app\n")
    let renamed = try labels(text) { $0.classes = try! ClassNames(parsing: "vpn-* Vpn_Mail # all of them\nother -\n") }
    #expect(collect(renamed).dataset.labels == ["Vpn_Mail"])
    let unused = try labels(text) { $0.classes = try! ClassNames(parsing: "* -\n") }
    #expect(unused.isEmpty)
    #expect(try labels(text) { $0.conditions = [("kind", "dns")] }.isEmpty)
    #expect(try labels(text) { $0.conditions = [("kind", "app")] }.lineCount == 1)
    #expect(try labels(text) { $0.conditions = [("sort", "dns")] }.lineCount == 1, "the table has no such column")
  }

  @Test func `of lines with a time the last before the flow counts`() throws {
    let form = try Self.forms()[2].text
    let line = try #require(form.split(separator: "\n").last)
    let time = try #require(line.split(separator: "\t").first.flatMap { Double($0) })
    func shifted(_ seconds: Double, _ label: String) -> String {
      line.replacingOccurrences(of: String(time), with: String(time + seconds))
        .replacingOccurrences(of: "Mail", with: label) + "\n"
    }
    let header = form.replacingOccurrences(of: line + "\n", with: "")
    let found = collect(try labels(header + shifted(-900, "Old") + shifted(0.4, "Now") + shifted(60, "Later")))
    #expect(found.dataset.labels == ["Now"])
    #expect(found.flowLabels.matchedLines == 1)
    #expect(collect(try labels(header + shifted(60, "Later"))).dataset.examples.isEmpty)
    let near = collect(try labels(header + shifted(-0.01, "Now") + shifted(0.5, "Next")))
    #expect(near.dataset.labels == ["Now"], "the nearest, not the latest within a second")
  }

  @Test func `flows that lines contradict, and flows without a line, are counted and not used`() throws {
    let form = try Self.forms()[0].text
    let contradicting = collect(
      try labels(form + form.replacingOccurrences(of: "Mail", with: "Chat").split(separator: "\n")[1] + "\n"))
    #expect(contradicting.dataset.examples.isEmpty && contradicting.flowLabels.contradicted.count == 1)
    let elsewhere = form.replacingOccurrences(of: ",443,", with: ",444,")
    let found = collect(try labels(elsewhere))
    #expect(found.flowLabels.withoutLine == 1 && found.flowLabels.matchedLines == 0 && found.flowLabels.lines == 1)
  }

  @Test func `a capture without lines keeps the label of its file`() throws {
    let map = try LabelMap(parsing: "tls13.pcap File\nhttp.pcap* File\n", laboratory: "files")
    let found = collect(try labels(try Self.forms()[0].text), map: map)
    let seen = Set(found.dataset.examples.map { "\(found.dataset.labels[$0.label]) \($0.laboratory)" })
    #expect(seen == ["Mail ours", "File files"])
  }

  @Test func `a manifest names laboratories`() throws {
    let manifest = LaboratoryManifest.laboratories("path\tlab\tx\ncaptures/tls13.pcap\tbrno\t1\nshort\n")
    #expect(manifest == ["captures/tls13.pcap": "brno"])
    #expect(LaboratoryManifest.laboratories("a\tb\n") == [:])
    let found = collect(try labels(try Self.forms()[0].text) { $0.manifest = manifest })
    #expect(found.dataset.examples.map(\.laboratory) == ["brno"])
    let anywhere = collect(try labels(try Self.forms()[1].text) { $0.manifest = ["captures/tls13.pcap.gz": "brno"] })
    #expect(
      anywhere.dataset.examples.map(\.laboratory) == ["brno"], "a line without a path, a manifest with another suffix")
  }

  @Test func `a table that names no flow or no class is refused, a line that says nothing is kept`() throws {
    for text in ["a,x\n1,2\n", "ip_a,port_a,ip_b,port_b\n", "community_id,time\n"] {
      #expect(throws: LabelMapError.self) { try labels(text) }
    }
    let broken = try labels("ip_a,port_a,ip_b,port_b,class\nx,1,10.0.0.1,2,A\n10.0.0.1,99999,10.0.0.2,1,A\n\"x\n")
    #expect(broken.isEmpty && broken.unreadable.map(\.line) == [2, 3, 4])
    #expect(broken.unreadable.allSatisfy { $0.table == "t.csv" && !$0.reason.isEmpty })
  }

  @Test func `mutated tables never trap`() throws {
    var generator = SeededGenerator(seed: 3)
    for form in try Self.forms() {
      let bytes = Array(form.text.utf8)
      for _ in 0..<200 {
        var mutated = bytes
        for _ in 0..<1 + generator.below(6) {
          let place = generator.below(mutated.count)
          switch generator.below(3) {
          case 0: mutated[place] = UInt8(truncatingIfNeeded: generator.next())
          case 1: mutated.remove(at: place)
          default: mutated.insert(contentsOf: mutated[place..<min(mutated.count, place + 9)], at: place)
          }
        }
        _ = try? labels(String(decoding: mutated, as: UTF8.self))
      }
    }
  }
}
