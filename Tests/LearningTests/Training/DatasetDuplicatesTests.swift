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
    dns.flow.record.service = .dns
    var data = Dataset(
      labels: ["a", "b"], examples: [dns, example([[1]], 5, "x"), example([[1]], -1, "x"), example([[1]], 1, "x")])
    #expect(data.examples.count == 2)
    var contract = contract
    contract.leaveOut = .dns
    #expect(data.removeLeftOut(by: contract) == ["dns": 1])
    #expect(data.counts == [0, 1])
  }

  @Test func `a model file knows the flows it was trained on by what it sees of them`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 20, seed: 3)
    let recipe = TrainerTests.recipe { $0.epochs = 1 }
    let model = try Trainer(recipe).train(data, training: Array(0..<30), validation: Array(30..<34)).model
    var fingerprints = FlowFingerprint(recipe.contract)
    let digests = data.examples.map { fingerprints.digest(of: $0.flow) }
    #expect(digests.allSatisfy { $0.count == 16 })
    #expect(model.description.training?.flowDigests == Set(digests[..<34]).sorted())
    // What the contract does not see does not count: the addresses, and bytes behind the last it takes.
    var moved = data.examples[0].flow
    moved.bytes[12] ^= 1
    #expect(fingerprints.digest(of: moved) == digests[0])
    moved.bytes[9] ^= 1
    #expect(fingerprints.digest(of: moved) != digests[0])
    #expect(try FrozenModel(parsing: model.fileBytes) == model)
  }
}
