import Learning
import Records
import Testing
import Traffic

@Suite struct DatasetDuplicatesTests {
  private let contract: InputContract = {
    var contract = InputContract(packets: 2, bytesPerPacket: 8)
    contract.maskedFields = [.ipID]
    return contract
  }()

  private func example(_ bytes: [[UInt8]], _ label: Int, _ group: String) -> Example {
    Example(flow: SampleFlows.flow(bytes), label: label, group: group)
  }

  @Test func `what the model cannot tell apart is kept once a label, and conflicts are listed`() {
    var data = Dataset(
      labels: ["a", "b"],
      examples: [
        example([[0x45, 1, 2, 3, 4, 5]], 0, "x"),
        example([[0x45, 1, 2, 3, 9, 9]], 0, "y"),  // differs in a masked field only
        example([[0x45, 1, 2, 3, 4, 5, 0, 0]], 1, "z"),  // zeros look like absent bytes
        example([[0x45, 1, 2, 3, 4, 5], []], 1, "z"),  // one packet more
        example([[0x45, 1, 2, 3, 4, 5], [], [7]], 1, "z"),  // differs beyond the packets that count
      ])
    let report = data.removeDuplicates(for: contract)
    #expect(data.examples.map(\.group) == ["x", "z", "z"])
    #expect(report.removed == 2)
    #expect(report.conflicts == [.init(counts: [0: 2, 1: 1], groups: ["x", "y", "z"])])
    #expect(report.conflictingFlows == 2)
  }

  @Test func `labels that do not exist are dropped, left-out flows are counted`() {
    var dns = example([[1]], 0, "x")
    dns.flow.record = SampleFlows.record(.udp, ports: (4000, 53))
    var data = Dataset(
      labels: ["a", "b"], examples: [dns, example([[1]], 5, "x"), example([[1]], -1, "x"), example([[1]], 1, "x")])
    #expect(data.examples.count == 2)
    var contract = contract
    contract.leaveOut = .dns
    #expect(data.removeLeftOut(by: contract) == ["dns": 1])
    #expect(data.counts == [0, 1])
  }
}
