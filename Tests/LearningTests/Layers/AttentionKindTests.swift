import Foundation
import Learning
import Testing
import Traffic

/// Local and hard attention: weights, gradients, file, training.
@Suite struct AttentionKindTests {
  static let kinds: [AttentionKind] = [.soft, .local(window: 1), .local(window: 2), .hard]

  private func model(_ kind: AttentionKind) throws -> FrozenModel {
    let size = Dimensions(units: 3, attention: 2, hidden: 4, attentionKind: kind)
    return try SampleFlows.model(
      InputContract(packets: 8, bytesPerPacket: 5), dimensions: size, labels: 3, seed: 3, loss: .crossEntropy,
      scale: 0.9)
  }

  @Test(arguments: kinds) func `weights are those of plain loops and add up to 1`(kind: AttentionKind) throws {
    let model = try model(kind), classifier = FlowClassifier(model), plain = PlainModel(model)
    var scratch = InferenceScratch(for: classifier)
    let flows = SampleFlows.random(60, seed: 4, longest: 20)
    for (flow, answer) in zip(flows, classifier.answers(on: flows, scratch: &scratch)) {
      let block = classifier.encoder.encode(flow), count = classifier.encoder.packetCount(of: flow)
      let expected = plain.run((0..<count).map { Array(block[$0 * 5..<$0 * 5 + 5]) })
      #expect(answer.attention.count == count)
      #expect((answer.attention.reduce(0, +) - 1).magnitude < 1e-6)
      for (a, b) in zip(answer.attention, expected.attention) { #expect((Double(a) - b).magnitude < 5e-6) }
      for (a, b) in zip(answer.outputs, expected.outputs) { #expect((Double(a) - b).magnitude < 2e-5) }
      let weighed = answer.attention.count { $0 != 0 }
      switch kind {
      case .soft: #expect(weighed == count)
      case .local(let window): #expect(weighed <= 2 * window + 1)
      case .hard: #expect(answer.attention.count { $0 == 1 } == 1 && weighed == 1)
      }
    }
  }

  /// Differences in double precision. Those of hard attention are of soft attention plus what separated the two before
  /// anything moved: what straight-through stands for.
  @Test(arguments: kinds) func `every parameter`(kind: AttentionKind) throws {
    let model = try model(kind)
    guard case .attentionLSTM(let size) = model.description.shape else { return }
    let layout = ParameterLayout(inputs: 5, dimensions: size, outputs: 3)
    let lengths = [6, 1, 4], labels = [0, 2, 1], packets = 6
    var generator = SeededGenerator(seed: 9)
    let values = (0..<lengths.count * packets * 5).map { _ in generator.unit() * 2 - 1 }
    var batch = TrainingBatch(rows: 18, columns: 5, panels: PanelPlan(columns: 5, byteColumns: 5))
    batch.fill(values: values, packets: packets, lengths: lengths, labels: labels)
    var network = AttentionLSTM(layout, flows: 3, rows: 18)
    var plain = PlainModel(model)
    for entry in layout.entries {
      for (index, value) in (model.tensors[entry.name]?.values ?? []).enumerated() {
        network.parameters[0, entry.region.start + index] = value
      }
    }
    network.head.mask.fill(1)
    network.forward(batch)
    let trained = network.backward(batch, loss: Loss(kind: .crossEntropy, classCost: [1, 1, 1]))
    let flows = lengths.indices.map { flow in
      (0..<lengths[flow]).map { step in
        let start = (flow * packets + step) * 5
        return Array(values[start..<start + 5])
      }
    }
    let offsets: [[Double]?] = flows.map { flow in
      guard kind == .hard else { return nil }
      let soft = plain.run(flow, offsets: [Double](repeating: 0, count: flow.count)).attention
      return zip(plain.run(flow).attention, soft).map { $0 - $1 }
    }
    func loss() -> Double {
      var sum = 0.0
      for (flow, label) in labels.enumerated() {
        let outputs = plain.run(flows[flow], offsets: offsets[flow]).outputs
        sum += log(outputs.reduce(0) { $0 + exp($1) }) - outputs[label]
      }
      return sum / 3
    }
    #expect((loss() - trained).magnitude < 1e-5)
    let step = 1e-5
    var moved = 0
    for entry in layout.entries {
      for index in 0..<entry.region.rows * entry.region.columns {
        let value = plain.tensors[entry.name]?[index] ?? 0
        plain.tensors[entry.name]?[index] = value + step
        let above = loss()
        plain.tensors[entry.name]?[index] = value - step
        let slope = (above - loss()) / (2 * step)
        plain.tensors[entry.name]?[index] = value
        if entry.name.hasPrefix("attention"), slope.magnitude > 1e-4 { moved += 1 }
        let gradient = Double(network.gradient[0, entry.region.start + index])
        #expect((slope - gradient).magnitude < 1e-4, "\(entry.name) at \(index): \(gradient), \(slope)")
      }
    }
    #expect(moved > 0, "the scores learn")
  }

  @Test func `the file keeps the kind, and soft attention changes nothing in it`() throws {
    for kind in Self.kinds {
      let model = try model(kind)
      let loaded = try FrozenModel(parsing: model.fileBytes)
      #expect(loaded == model && loaded.fileBytes == model.fileBytes)
    }
    #expect(
      try model(.soft).description.metadata["flowcase.dimensions"] == #"{"attention":2,"hidden":4,"units":3}"#)
    #expect(
      try model(.local(window: 2)).description.metadata["flowcase.dimensions"]
        == #"{"attention":2,"attention_kind":"local","attention_window":2,"hidden":4,"units":3}"#)
  }

  @Test(arguments: [
    #""attention_kind":"soft","#, #""attention_kind":"near","#, #""attention_kind":"local","#,
    #""attention_kind":"local","attention_window":0,"#, #""attention_kind":"local","attention_window":256,"#,
    #""attention_kind":"hard","attention_window":2,"#, #""attention_window":2,"#, #""attention_kind":2,"#,
  ]) func `a file that says what there is not is refused`(members: String) throws {
    var file = try Safetensors(parsing: try model(.soft).fileBytes)
    file.metadata["flowcase.dimensions"] = "{\(members)" + #""attention":2,"hidden":4,"units":3}"#
    let error = #expect(throws: ModelFileError.self) { try FrozenModel(parsing: file.bytes) }
    #expect(error?.code == .badMetadata)
  }

  @Test(arguments: [Architecture.attentionLSTM, .han], [AttentionKind.local(window: 1), .hard])
  func `learns a small set whole`(architecture: Architecture, kind: AttentionKind) throws {
    var recipe = TrainingRecipe(
      contract: InputContract(packets: 3, bytesPerPacket: 28),
      shape: NetworkShape(architecture, units: 8, attention: kind))
    recipe.contract.encoding = .bits
    (recipe.options.epochs, recipe.options.batchSize, recipe.options.learningRate) = (40, 8, 0.01)
    recipe.options.keepProbability = 1
    let data = SampleFlows.learnable(classes: 3, count: 24, seed: 4), all = Array(data.examples.indices)
    let trained = try Trainer(recipe).train(data, training: all)
    #expect(FlowClassifier(trained.model).evaluate(data, all).metrics.accuracy > 0.97)
    #expect(trained.model.description.shape == recipe.shape)
  }
}
