import Learning
import Testing

/// Central differences of the loss for every parameter, on sizes that fit no vector or block.
///
/// With single-precision losses of about 5 the difference quotient over 2 x 0.01 is good to about 2e-4.
@Suite struct GradientTests {
  @Test(arguments: LossKind.allCases) func `every parameter`(kind: LossKind) {
    let layout = ParameterLayout(
      inputs: 5, dimensions: Dimensions(units: 3, attention: 2, hidden: 4), outputs: 3)
    var generator = SeededGenerator(seed: 17)
    let lengths = [3, 1, 0, 2], packets = 3
    let values = (0..<lengths.count * packets * layout.inputs).map { _ in generator.unit() * 2 - 1 }
    var batch = TrainingBatch(
      rows: lengths.count * packets, columns: layout.inputs,
      panels: PanelPlan(columns: layout.inputs, byteColumns: layout.inputs))
    batch.fill(values: values, packets: packets, lengths: lengths, labels: [0, 2, 1, 2])
    var network = AttentionLSTM(layout, flows: lengths.count, rows: lengths.count * packets)
    for index in 0..<layout.count { network.parameters[0, index] = generator.unit() * 1.6 - 0.8 }
    network.head.drawMask(rows: lengths.count, keep: 0.8, &generator)
    let loss = Loss(kind: kind, classCost: [0.5, 1.5, 1])
    network.forward(batch)
    _ = network.backward(batch, loss: loss)
    let gradient = network.gradient.values
    #expect(gradient.count == layout.count)
    let step: Float = 0.01
    for entry in layout.entries {
      for index in entry.region.start..<entry.region.start + entry.region.rows * entry.region.columns {
        let value = network.parameters[0, index]
        var sides: [Double] = []
        for moved in [value + step, value - step] {
          network.parameters[0, index] = moved
          network.forward(batch)
          sides.append(network.backward(batch, loss: loss))
        }
        network.parameters[0, index] = value
        let slope = Float((sides[0] - sides[1]) / Double(2 * step))
        #expect((slope - gradient[index]).magnitude < 2e-3, "\(entry.name) at \(index - entry.region.start)")
      }
    }
  }

  @Test func `training and inference run the same network`() throws {
    var contract = InputContract(packets: 6, bytesPerPacket: 30)
    contract.encoding = .bits
    contract.channels = [.direction, .gap]
    for padding in InputContract.Padding.allCases {
      contract.padding = padding
      let model = try SampleFlows.model(
        contract, dimensions: Dimensions(units: 11, attention: 6, hidden: 9), labels: 4)
      let flows = SampleFlows.random(23, seed: 8, longest: 60)
      let dataset = Dataset(
        labels: model.description.labels, examples: flows.map { Example(flow: $0, label: 1, group: "") })
      let layout = ParameterLayout(
        inputs: contract.valuesPerPacket, dimensions: Dimensions(units: 11, attention: 6, hidden: 9), outputs: 4)
      var network = AttentionLSTM(layout, flows: flows.count, rows: flows.count * contract.packets)
      for entry in layout.entries {
        for (index, value) in (model.tensors[entry.name]?.values ?? []).enumerated() {
          network.parameters[0, entry.region.start + index] = value
        }
      }
      for row in 0..<flows.count { for column in 0..<9 { network.head.mask[row, column] = 1 } }
      var batch = TrainingBatch(
        rows: flows.count * contract.packets, columns: contract.valuesPerPacket, panels: PanelPlan(contract))
      var bytes = [UInt8](repeating: 0, count: contract.bytesPerPacket)
      batch.fill(dataset, Array(flows.indices), encoder: PacketEncoder(contract), bytes: &bytes)
      network.forward(batch)
      let classifier = FlowClassifier(model)
      var scratch = InferenceScratch(for: classifier)
      let answers = classifier.answers(on: flows, scratch: &scratch)
      for (rank, flow) in batch.packed.order.enumerated() {
        for k in 0..<4 { #expect((network.head.outputs[rank, k] - answers[flow].outputs[k]).magnitude < 1e-5) }
      }
    }
  }
}
