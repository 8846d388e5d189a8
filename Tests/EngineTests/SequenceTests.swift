import Engine
import Foundation
import Records
import Testing

/// Captures cut into pieces give the flows of the whole.
@Suite struct SequenceTests {
  private let recording = Recording.synthetic()

  /// Writes pieces of a recording under names whose order is not that of time.
  private func write(_ pieces: [[UInt8]], to scratch: ScratchScan, _ directory: String = "pieces") throws -> [String] {
    try pieces.enumerated().map { index, piece in
      let name = "\(directory)/part_\(1000 + index * 7 % pieces.count).pcap"
      try scratch.write(name, piece)
      return name
    }
  }

  private func whole(_ scratch: ScratchScan, _ bytes: [UInt8]? = nil) throws -> [String] {
    try scratch.write("whole.pcap", bytes ?? recording.pcap)
    try scratch.scan("whole.pcap", into: "whole.db")
    return try scratch.flows("whole.db")
  }

  @Test func splitCapCutsEachCaptureByItself() throws {
    let scratch = try ScratchScan()
    _ = try write(recording.pieces(of: 37), to: scratch)
    try scratch.scan("pieces", into: "c.db", policy: "splitcap")
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM sequences") == ["0"])
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM flows WHERE last_evidence_path <> evidence_path") == ["0"])
  }

  @Test(arguments: [10, 37, 1])
  func piecesGiveTheFlowsOfTheWholeWhateverTheirNames(count: Int) throws {
    let scratch = try ScratchScan()
    let names = try write(recording.pieces(of: count), to: scratch)
    for (index, name) in names.enumerated() where index % 5 == 1 { try scratch.run("gzip", name) }
    for (index, name) in names.enumerated() where index % 5 == 3 { try scratch.run("zstd", "-q", "--rm", name) }
    try scratch.scan("pieces", into: "c.db")
    #expect(try scratch.flows("c.db") == whole(scratch))
    #expect(try scratch.ask("c.db", "SELECT captures, packets FROM sequences") == ["\(names.count)|400"])
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM problems") == ["0"])
    // The account: each capture's is exact, and flows and captures balance over the sequence.
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM ledger_mismatch") == ["0"])
    let sums = "SELECT (SELECT sum(packets_in_flows) FROM sequences), (SELECT sum(orig_pkts + resp_pkts) FROM flows)"
    #expect(try scratch.ask("c.db", sums) == ["400|400"])
    let order = "SELECT sequence_position FROM evidence ORDER BY first_packet_time"
    #expect(try scratch.ask("c.db", order) == (1...names.count).map(String.init))
    if 200 % count == 0 { #expect(try scratch.ask("c.db", "SELECT longest_gap_s FROM sequences") == ["200.0"]) }
  }

  @Test func aFlowLeadsToBothOfItsEnds() throws {
    let scratch = try ScratchScan()
    let names = try write(recording.pieces(of: 100), to: scratch)
    try scratch.scan("pieces", into: "c.db")
    _ = try whole(scratch)
    let place = "first_offset - 24, last_offset - 24"
    let whole = try scratch.ask("whole.db", "SELECT \(place) FROM flows ORDER BY flow_id")
    let found = try scratch.ask(
      "c.db", "SELECT evidence_path, first_packet, last_evidence_path, last_packet FROM flows ORDER BY flow_id")
    var spanning = 0
    for (whole, found) in zip(whole, found) {
      let offsets = whole.split(separator: "|").compactMap { Int($0) }
      let fields = found.split(separator: "|").map(String.init)
      for (offset, end) in [(offsets[0], 0), (offsets[1], 2)] {
        let piece = try #require(names.firstIndex(of: fields[end]))
        let packet = piece * 100 + (try #require(Int(fields[end + 1]))) - 1
        #expect(offset == recording.records[..<packet].reduce(0) { $0 + $1.count })
      }
      if fields[0] != fields[2] { spanning += 1 }
    }
    #expect(spanning > 5 && whole.count == found.count)
  }

  @Test(arguments: ["tls13", "quic", "vlan10", "refused", "vpn-inside-raw-ip"]) func realCapturesToo(name: String)
    throws
  {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("fixtures/captures/\(name).pcap")
    let recording = Recording(pcap: Array(try Data(contentsOf: fixture)))
    let scratch = try ScratchScan()
    let pieces = recording.pieces(of: max(1, recording.records.count / 4))
    _ = try write(pieces, to: scratch)
    try scratch.scan("pieces", into: "c.db")
    #expect(try scratch.flows("c.db") == whole(scratch, recording.pcap))
    #expect(try scratch.ask("c.db", "SELECT captures FROM sequences") == ["\(pieces.count)"])
  }

  @Test func aLongPauseEndsTheRecordingAndItsFlows() throws {
    let scratch = try ScratchScan()
    let later = Recording.synthetic(start: 1_700_010_000)
    try scratch.write("pieces/a1.pcap", later.pcap)
    for (index, piece) in recording.pieces(of: 200).enumerated() {
      try scratch.write("pieces/a\(index + 2).pcap", piece)
    }
    try scratch.scan("pieces", into: "c.db")
    var both = recording
    both.records += later.records
    // The first packet after the pause may end one flow before the others.
    #expect(
      try scratch.flows("c.db").sorted() == whole(scratch, both.pcap).sorted(),
      "a silence ends flows in pieces as in one file")
    #expect(
      try scratch.ask("c.db", "SELECT path, sequence_position, gap_before_s > 3600 FROM evidence ORDER BY evidence_id")
        == ["pieces/a2.pcap|1|NULL", "pieces/a3.pcap|2|0", "pieces/a1.pcap|NULL|1"])
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM problems") == ["0"])
  }

  @Test func recordingsMadeAtTheSameTimeAreNotJoined() throws {
    let scratch = try ScratchScan()
    try scratch.write("d/eth0.pcap", recording.piece(0..<300))
    try scratch.write("d/eth1.pcap", recording.piece(100..<400))
    try scratch.scan("d", into: "c.db")
    #expect(
      try scratch.ask("c.db", "SELECT sequence_id, gap_before_s < -1, status FROM evidence ORDER BY evidence_id")
        == ["NULL|NULL|complete", "NULL|1|complete"])
    #expect(try scratch.ask("c.db", "SELECT sum(orig_pkts + resp_pkts) FROM flows") == ["600"])
  }

  @Test func otherLinkTypesAreOtherRecordings() throws {
    let scratch = try ScratchScan()
    for (index, piece) in recording.pieces(of: 200).enumerated() { try scratch.write("d/a\(index * 2).pcap", piece) }
    let raw = Recording.synthetic(linkType: 101)
    for (index, piece) in raw.pieces(of: 200).enumerated() { try scratch.write("d/a\(index * 2 + 1).pcap", piece) }
    try scratch.scan("d", into: "c.db")
    #expect(try scratch.ask("c.db", "SELECT captures, packets FROM sequences") == ["2|400", "2|400"])
    #expect(try scratch.ask("c.db", "SELECT count(DISTINCT link_types), count(*) FROM evidence") == ["2|4"])
  }

  @Test func damageInAPieceBreaksNothingButItself() throws {
    let scratch = try ScratchScan()
    var pieces = recording.pieces(of: 50)
    // In the middle of one, at the beginning of another, and the end of a third.
    for offset in 1000..<1010 { pieces[2][offset] = 0xff }
    for offset in 32..<36 { pieces[4][offset] = 0xff }
    pieces[5].removeLast(7)
    _ = try write(pieces, to: scratch)
    try scratch.write("pieces/part_999.pcap", Array(pieces[1].prefix(30)))
    try scratch.scan("pieces", into: "c.db")
    #expect(try scratch.ask("c.db", "SELECT captures FROM sequences") == ["8"])
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM ledger_mismatch") == ["0"])
    let packets = try scratch.ask("c.db", "SELECT packets_in_flows, packets > 390 FROM sequences").first ?? ""
    #expect(packets.hasSuffix("|1"))
    let counted = try scratch.ask("c.db", "SELECT sum(orig_pkts + resp_pkts) FROM flows")
    #expect(packets == "\(counted[0])|1")
  }

  /// Three pieces begin in one moment: their names put the one that goes on before the others.
  @Test func piecesThatBeginInOneMomentAreInOrder() throws {
    let scratch = try ScratchScan()
    var recording = recording
    for index in 1..<6 { recording.records[index].replaceSubrange(0..<8, with: recording.records[0].prefix(8)) }
    let pieces = [recording.piece(0..<2), recording.piece(2..<4), recording.piece(4..<200), recording.piece(200..<400)]
    for (name, piece) in zip(["2", "3", "1", "0"], pieces) { try scratch.write("d/x\(name).pcap", piece) }
    try scratch.scan("d", into: "c.db")
    #expect(try scratch.flows("c.db") == whole(scratch, recording.pcap))
    #expect(try scratch.ask("c.db", "SELECT captures FROM sequences") == ["4"])
  }

  @Test func piecesThatBreakOffAnywhereAreReadAsFarAsTheyReach() throws {
    let scratch = try ScratchScan()
    let piece = recording.piece(0..<4)
    for length in stride(from: 0, through: piece.count, by: 3) {
      try scratch.write("d/x\(length).pcap", Array(piece.prefix(length)))
    }
    try scratch.scan("d", into: "c.db")
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM ledger_mismatch") == ["0"])
    let sums =
      "SELECT (SELECT sum(packets_in_flows) FROM evidence) = (SELECT sum(orig_pkts + resp_pkts) FROM flows), count(*) FROM evidence"
    #expect(try scratch.ask("c.db", sums) == ["1|\(piece.count / 3 + 1)"])
  }

  @Test func membersOfAnArchiveAreJoinedInTheirOrder() throws {
    let scratch = try ScratchScan()
    var names: [String] = []
    for (index, piece) in recording.pieces(of: 60).enumerated() {
      names.append("part\(index).pcap")
      try scratch.write(names[index], piece)
    }
    try scratch.write("notes.txt", Array("between".utf8))
    try scratch.write("part9.pcap", recording.header)
    try scratch.run(
      "tar", "cf", "pieces.tar", names[0], names[1], "notes.txt", names[2], "part9.pcap", names[3], names[4], names[5],
      names[6])
    try scratch.scan("pieces.tar", into: "c.db")
    #expect(try scratch.flows("c.db") == whole(scratch))
    #expect(try scratch.ask("c.db", "SELECT captures FROM sequences") == ["7"])
    try scratch.run("tar", "cf", "wrong.tar", names[1], names[0])
    try scratch.scan("wrong.tar", into: "w.db")
    #expect(try scratch.ask("w.db", "SELECT count(*) FROM evidence WHERE gap_before_s < 0") == ["1"])
    #expect(try scratch.ask("w.db", "SELECT count(*) FROM sequences") == ["0"])
  }
}
