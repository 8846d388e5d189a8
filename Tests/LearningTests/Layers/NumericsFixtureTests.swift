import Foundation
import Learning
import Records
import Testing
import Traffic

/// Every number of `fixtures/numerics`, which an independent script computed in double precision.
///
/// Tolerances: single precision computes these small sums to about 1e-6; the fixture's script prints its own
/// single-precision error, which is of the same size.
@Suite struct NumericsFixtureTests {
  private struct Case {
    let file: NumberFile
    let loss: Loss
    let layout: ParameterLayout
    let packets: Int, flows: Int

    init(_ kind: LossKind) throws {
      let file = try NumberFile("numerics/attention-lstm-\(kind.rawValue).safetensors")
      func size(_ name: String, _ axis: Int) -> Int { file.shapes[name]?[axis] ?? 0 }
      layout = ParameterLayout(
        inputs: size("input.x", 2),
        dimensions: Dimensions(
          units: size("packets.forward.weight_hidden", 1), attention: size("attention.bias", 0),
          hidden: size("hidden.bias", 0)), outputs: size("output.bias", 0))
      (flows, packets) = (size("input.x", 0), size("input.x", 1))
      loss = Loss(kind: kind, classCost: file.floats["input.class_cost"] ?? [])
      self.file = file
    }

    func floats(_ name: String) -> [Float] { file.floats[name] ?? [] }
    var lengths: [Int] { file.integers["input.lengths"] ?? [] }
    var labels: [Int] { file.integers["input.labels"] ?? [] }

    func batch() -> TrainingBatch {
      var batch = TrainingBatch(
        rows: flows * packets, columns: layout.inputs,
        panels: PanelPlan(columns: layout.inputs, byteColumns: layout.inputs))
      batch.fill(values: floats("input.x"), packets: packets, lengths: lengths, labels: labels)
      return batch
    }

    func network(_ packed: PackedRows) -> AttentionLSTM {
      var network = AttentionLSTM(layout, flows: flows, rows: flows * packets)
      for entry in layout.entries {
        for (index, value) in floats(entry.name).enumerated() {
          network.parameters[0, entry.region.start + index] = value
        }
      }
      let mask = floats("input.dropout_mask")
      for (rank, flow) in packed.order.enumerated() {
        for column in 0..<layout.dimensions.hidden {
          network.head.mask[rank, column] = mask[flow * layout.dimensions.hidden + column] / 0.8
        }
      }
      return network
    }
  }

  private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0 : .infinity
  }

  @Test(arguments: LossKind.allCases) func `forward, loss and every gradient`(kind: LossKind) throws {
    let sample = try Case(kind)
    let batch = sample.batch()
    var network = sample.network(batch.packed)
    network.forward(batch)
    var outputs: [Float] = [], attention: [Float] = []
    for flow in 0..<sample.flows {
      let rank = try #require(batch.packed.order.firstIndex(of: flow))
      outputs += (0..<sample.layout.outputs).map { network.head.outputs[rank, $0] }
      for step in 0..<sample.packets {
        attention.append(
          step < batch.packed.lengths[rank] ? network.attention[0, batch.packed.row(rank, step)] : 0)
      }
    }
    #expect(largestDifference(outputs, sample.floats("expected.outputs")) < 1e-5)
    #expect(largestDifference(attention, sample.floats("expected.attention")) < 2e-6)
    let value = network.backward(batch, loss: sample.loss)
    #expect((Float(value) - sample.floats("expected.loss")[0]).magnitude < 1e-5)
    for entry in sample.layout.entries {
      let count = entry.region.rows * entry.region.columns
      let gradient = (0..<count).map { network.gradient[0, entry.region.start + $0] }
      let difference = largestDifference(gradient, sample.floats("gradient.\(entry.name)"))
      #expect(difference < 5e-6, "gradient of \(entry.name)")
    }
  }

  @Test(arguments: LossKind.allCases) func `ten steps of Adam`(kind: LossKind) throws {
    let sample = try Case(kind)
    let batch = sample.batch()
    var network = sample.network(batch.packed)
    var optimiser = Adam(count: sample.layout.count)
    var losses: [Float] = []
    for _ in 0..<10 {
      network.forward(batch)
      losses.append(Float(network.backward(batch, loss: sample.loss)))
      network.update(&optimiser, rate: 0.001, gradientNorm: 0)
    }
    #expect(largestDifference(losses, sample.floats("expected.losses")) < 2e-5)
  }

  @Test func `weight decay takes its share of each weight, before and apart from the step`() {
    func step(_ decay: Double) -> [Float] {
      var optimiser = Adam(count: 3, weightDecay: decay)
      var values = Matrix(rows: 1, columns: 3, values: [2, -3, 0])
      let gradient = Matrix(rows: 1, columns: 3, values: [1, 0, -1])
      optimiser.step(&values, gradient: gradient, rate: 0.5, gradientNorm: 0)
      return values.values
    }
    // The first step of Adam is the rate against the gradient's sign.
    #expect(largestDifference(step(0), [1.5, -3, 0.5]) < 1e-5)
    #expect(largestDifference(step(0.1), [2 * 0.95 - 0.5, -3 * 0.95, 0.5]) < 1e-5)
  }

  /// The fixture's inputs are no bytes; this feeds the same weights to the plain model, to which other tests hold the
  /// classifier.
  @Test(arguments: LossKind.allCases) func `the plain model agrees without dropout`(kind: LossKind) throws {
    let sample = try Case(kind)
    var contract = InputContract(packets: sample.packets, bytesPerPacket: sample.layout.inputs)
    contract.encoding = .scaled
    let description = ModelDescription(
      labels: (0..<sample.layout.outputs).map { "\($0)" }, contract: contract,
      shape: .attentionLSTM(sample.layout.dimensions), loss: kind)
    let model = try FrozenModel(
      description,
      tensors: Dictionary(
        uniqueKeysWithValues: sample.layout.entries.map {
          ($0.name, Tensor(shape: $0.shape, values: sample.floats($0.name)))
        }))
    let plain = PlainModel(model)
    let classifier = FlowClassifier(model)
    let x = sample.floats("input.x"), width = sample.layout.inputs
    for flow in 0..<sample.flows {
      let rows = (0..<sample.lengths[flow]).map { step in
        Array(x[(flow * sample.packets + step) * width..<(flow * sample.packets + step + 1) * width])
      }
      let answer = plain.run(rows)
      let prediction = classifier.prediction(NetworkAnswer(outputs: answer.outputs.map { Float($0) }))
      let classes = sample.layout.outputs
      let expected = sample.floats("expected.inference_probabilities")[flow * classes..<(flow + 1) * classes]
      #expect(largestDifference(prediction.probabilities, Array(expected)) < 1e-6)
      let attention = sample.floats("expected.inference_attention")[flow * sample.packets..<(flow + 1) * sample.packets]
      let given = answer.attention.map { Float($0) }
      #expect(largestDifference(given, Array(attention.prefix(given.count))) < 1e-6)
    }
  }
}
