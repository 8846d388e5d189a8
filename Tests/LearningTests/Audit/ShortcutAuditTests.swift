import Learning
import Records
import Testing
import Traffic

@Suite struct ShortcutAuditTests {
  /// An IPv4 TCP packet, all of one value but the first byte, with four bytes of options.
  private static func packet(_ value: UInt8, _ count: Int = 50) -> [UInt8] {
    [0x45] + [UInt8](repeating: value, count: count - 1)
  }

  @Test(arguments: AuditedField.allCases) func `a field of another flow takes the place of the masked one`(
    field: AuditedField
  ) {
    let flow = SampleFlows.flow([Self.packet(7), Self.packet(7)], times: [0, 50], payload: 44)
    let other = SampleFlows.flow([Self.packet(9), Self.packet(9)], times: [5, 305], payload: 44)
    let masked = field.masked(in: flow), replaced = field.replaced(in: flow, by: other)
    switch field {
    case .sizes:
      #expect(masked.packets.allSatisfy { $0.ipLength == 0 } && masked.bytes == flow.bytes)
      #expect(replaced == flow, "both have packets of one length")
    case .timing:
      #expect(masked.packets[1].time == flow.packets[0].time && masked.bytes == flow.bytes)
      #expect(replaced.packets.map(\.time.nanoseconds) == [0, 300_000])
    default:
      let zeros = masked.bytes.indices.filter { masked.bytes[$0] == 0 }
      #expect(!zeros.isEmpty || field == .lengths && flow.record.proto != .tcp)
      #expect(replaced.bytes.indices.filter { replaced.bytes[$0] == 9 } == zeros)
      #expect(masked.packets == flow.packets && replaced.packets == flow.packets)
    }
  }

  @Test func `hostile flows in either place`() {
    let empty = SampleFlows.flow([]), short = SampleFlows.flow([[0x45], []], transport: 60_000, payload: 65_535)
    var late = SampleFlows.flow([Self.packet(1), Self.packet(2), Self.packet(3)])
    late.packets[0].time = CaptureTime(nanoseconds: .min)
    late.packets[2].time = CaptureTime(nanoseconds: .max)
    var flows = SampleFlows.random(40, seed: 8)
    flows += [empty, short, late]
    for field in AuditedField.allCases {
      for (flow, other) in zip(flows, flows.reversed()) {
        let replaced = field.replaced(in: flow, by: other)
        #expect(replaced.packets.count == flow.packets.count && replaced.bytes.count == flow.bytes.count)
      }
    }
  }

  /// Classes told apart by the time to live alone.
  private func trained() throws -> (FlowClassifier, Dataset) {
    var generator = SeededGenerator(seed: 5)
    let examples = (0..<160).map { index in
      var bytes = SampleFlows.packet(48, &generator)
      bytes[8] = index % 2 == 0 ? 64 : 128
      // The sign is in the first packet only: attention has something to find.
      let flow = SampleFlows.flow([bytes] + (0..<3).map { _ in Self.packet(7, 48) })
      return Example(flow: flow, label: index % 2, group: "g")
    }
    let data = Dataset(labels: ["a", "b"], examples: examples)
    let recipe = TrainerTests.recipe { $0.epochs = 15 }
    return (FlowClassifier(try Trainer(recipe).train(data, training: Array(data.examples.indices)).model), data)
  }

  @Test func `finds the shortcut, and nothing where there is none`() throws {
    let (classifier, data) = try trained()
    let audit = ShortcutAudit(classifier, on: data)
    #expect(audit.unchanged.accuracy > 0.97)
    for row in audit.rows {
      let left = min(row.masked.accuracy, row.permuted.accuracy)
      if row.field == .ttl { #expect(left < 0.7) } else { #expect(left > 0.85, "\(row.field)") }
      // The contract has no gaps: what it does not see cannot matter.
      if row.field == .timing { #expect(row.masked == audit.unchanged && row.permuted == audit.unchanged) }
    }
    let again = ShortcutAudit(classifier, on: data)
    #expect(again.rows == audit.rows && again.faithfulness == audit.faithfulness)
  }

  @Test func `attention is compared with chance`() throws {
    let (classifier, data) = try trained()
    let found = try #require(ShortcutAudit(classifier, on: data).faithfulness)
    #expect(found.flows == 160)
    // One packet of four carries the sign, so a drawn one takes it away in a quarter of the flows.
    #expect(found.lossWithoutAttended >= 0 && found.lossWithoutRandom > 0)
    #expect(found.changedWithoutRandom < 80)
  }

  @Test func `a model without attention has no such figure`() throws {
    var contract = InputContract(packets: 2, bytesPerPacket: 40)
    contract.encoding = .scaled
    let model = try SampleFlows.model(contract, shape: NetworkShape(.cnn1D), labels: 2)
    let data = SampleFlows.learnable(classes: 2, count: 5, seed: 3)
    let audit = ShortcutAudit(
      FlowClassifier(model), on: Dataset(labels: ["label 0", "label 1"], examples: data.examples))
    #expect(audit.faithfulness == nil && audit.rows.count == AuditedField.allCases.count)
  }
}
