import Engine
import Foundation
import Records
import Testing

/// Captures whose names and times are those of one recording are joined only where who is heard in them does not contradict.
@Suite struct JoinTests {
  /// One end of a conversation as a laptop records it.
  private struct Laptop {
    var machine: UInt8 = 1, router: UInt8 = 9
    var address: UInt8 = 5
    var peer: UInt8 = 80
    var sequence: UInt32 = 1000
    var linkType: UInt32 = 1

    /// Six segments of one connection, both ways.
    func record(from start: UInt32, hasHeader: Bool = true) -> [UInt8] {
      var recording = Recording(pcap: [])
      recording.header = Recording.synthetic(packets: 0, linkType: linkType).header
      for index in 0..<6 {
        let isAnswer = index % 2 == 1
        let sequence = isAnswer ? UInt32(500) : self.sequence &+ UInt32(index / 2 * 10)
        let payload = isAnswer ? [] : [UInt8](repeating: 0x41, count: 10)
        let ports: [UInt8] = isAnswer ? [0, 80, 0xc0, 0] : [0xc0, 0, 0, 80]
        let tcp = ports + word(sequence) + word(1) + [0x50, 0x10, 1, 0, 0, 0, 0, 0] + payload
        let ends: [UInt8] = [10, 0, 0, address, 10, 0, 0, peer]
        let ip: [UInt8] = [0x45, 0, 0, UInt8(20 + tcp.count), 0, 1, 0, 0, 64, 6, 0, 0]
        let machines: [UInt8] = [2, 0, 0, 0, 0, router, 2, 0, 0, 0, 0, machine]
        let link = linkType == 1 ? (isAnswer ? machines.suffix(6) + machines.prefix(6) : machines[...]) + [8, 0] : []
        let frame = link + ip + (isAnswer ? ends.suffix(4) + ends.prefix(4) : ends[...]) + tcp
        recording.append(Array(frame), microseconds: UInt64(start) * 1_000_000 + UInt64(index) * 1000)
      }
      return recording.pcap
    }

    private func word(_ value: UInt32) -> [UInt8] {
      stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
  }

  private let start: UInt32 = 1_700_000_000

  private func joins(_ first: Laptop, _ second: Laptop) throws -> (flows: String, joins: [String], problems: String) {
    let scratch = try ScratchScan()
    try scratch.write("d/laptop1.pcap", first.record(from: start))
    try scratch.write("d/laptop2.pcap", second.record(from: start + 60))
    try scratch.scan("d", into: "c.db")
    return (
      try scratch.ask("c.db", "SELECT count(*) FROM flows")[0],
      try scratch.ask("c.db", "SELECT evidence_path, after_path, is_joined, reason FROM joins"),
      try scratch.ask("c.db", "SELECT count(*) FROM problems")[0]
    )
  }

  @Test func theNextCaptureOfTheSameLaptopIsJoined() throws {
    let found = try joins(Laptop(), Laptop(sequence: 1030))
    #expect(found.flows == "1" && found.problems == "0")
    #expect(found.joins == ["d/laptop2.pcap|d/laptop1.pcap|1|same_connections"])
  }

  /// Another machine at both ends; behind the same router with the same address, and with another; the same machines, and
  /// no link layer at all, with sequence numbers that cannot be of one connection; other hosts.
  @Test func anotherLaptopIsNot() throws {
    for (reason, first, second) in [
      ("other_machines", Laptop(), Laptop(machine: 2, router: 8, sequence: 90_000_000)),
      ("other_machines", Laptop(), Laptop(machine: 2, router: 8, sequence: 1030)),
      ("moved_address", Laptop(), Laptop(machine: 2, sequence: 90_000_000)),
      ("other_hosts", Laptop(), Laptop(machine: 2, address: 6, peer: 81)),
      ("sequence_numbers", Laptop(), Laptop(sequence: 90_000_000)),
      ("sequence_numbers", Laptop(linkType: 101), Laptop(sequence: 90_000_000, linkType: 101)),
      ("other_hosts", Laptop(linkType: 101), Laptop(address: 6, peer: 81, linkType: 101)),
    ] {
      let found = try joins(first, second)
      #expect(found.flows == "2" && found.problems == "0", "\(reason)")
      #expect(found.joins == ["d/laptop2.pcap|d/laptop1.pcap|0|\(reason)"])
    }
  }

  /// Two laptops that record in turn into one directory: each has its own recording.
  @Test func theCapturesOfEachOfTwoLaptopsAreJoined() throws {
    let scratch = try ScratchScan()
    for turn in 0..<4 {
      let laptop = Laptop(machine: UInt8(turn % 2 + 1), sequence: 1000 + UInt32(turn / 2 * 30))
      try scratch.write("d/x\(turn).pcap", laptop.record(from: start + UInt32(turn * 10)))
    }
    for workers in [1, 4] { try scratch.scan("d", into: "\(workers).db", workers: workers) }
    #expect(try scratch.ask("1.db", "SELECT captures, flows FROM sequences") == ["2|1", "2|1"])
    #expect(try scratch.rows("1.db") == scratch.rows("4.db"))
    #expect(try scratch.ask("1.db", "SELECT * FROM joins") == scratch.ask("4.db", "SELECT * FROM joins"))
  }

  @Test func joiningCanBeSwitchedOff() throws {
    let scratch = try ScratchScan()
    for (index, piece) in Recording.synthetic().pieces(of: 100).enumerated() {
      try scratch.write("d/x\(index).pcap", piece)
    }
    try scratch.scan("d", into: "c.db", joins: false)
    #expect(try scratch.ask("c.db", "SELECT (SELECT count(*) FROM sequences), (SELECT count(*) FROM joins)") == ["0|0"])
    #expect(try scratch.ask("c.db", "SELECT settings ->> '$.joins_captures' FROM run") == ["0"])
    #expect(try scratch.ask("c.db", "SELECT count(*) FROM flows WHERE evidence_path <> last_evidence_path") == ["0"])
  }
}
