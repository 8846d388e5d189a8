import ArgumentParser
import Engine
import Foundation
import Learning
import Records
import Reporting
import Traffic

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a model labels flows on one core.",
    discussion: """
      Takes the flows of some captures, labels them several times over, and prints the median. With --export, inputs and \
      probabilities are written for bench/inference_reference.py, which runs the same weights on the same flows in \
      PyTorch and ONNX Runtime.
      """)

  @Argument(help: "Captures, or directories of them.", completion: .file()) var captures: [String]
  @Option(help: "A frozen model; without it, the default model.", completion: .file()) var model: String?
  @Option(help: "Flows to take at the most.") var flows = 5000
  @Option(help: "Times the flows are labelled.") var rounds = 7
  @Option(help: "A safetensors file to write the encoded flows and their probabilities to.", completion: .file())
  var export: String?
  @OptionGroup var overwrite: OverwriteOption
  @Option(help: "Also time this many training steps, on a batch of the first 64 of the flows.") var trainingSteps = 0

  func validate() throws {
    if flows < 1 { throw ValidationError("--flows is \(flows), not 1 or more") }
    if rounds < 1 { throw ValidationError("--rounds is \(rounds), not 1 or more") }
    if trainingSteps < 0 { throw ValidationError("--training-steps is \(trainingSteps), below 0") }
  }

  func run() throws {
    try reportingFailure {
      let planned = try export.map {
        let inputs = try [(captures, "evidence"), ([ModelLoader.path(model)], "the model")]
        return try overwrite.outputs(inputs: inputs).plan($0, .encodedFlows)
      }
      let frozen = try ModelLoader.load(model).model
      let contract = frozen.description.contract
      let all = LabelledCaptures(labels: try LabelMap(parsing: "* all"), contract: contract).collect(captures)
      let flows = Array(all.dataset.examples.prefix(flows).map(\.flow))
      guard !flows.isEmpty else {
        throw CommandFailed(description: "there are no flows in the captures that the model labels")
      }
      let classifier = FlowClassifier(frozen)
      var scratch = InferenceScratch(for: classifier)
      var seconds: [Double] = []
      var labels: [Classification] = []
      for _ in 0..<rounds {
        let start = ContinuousClock.now
        labels = classifier.classify(flows, scratch: &scratch)
        seconds.append((ContinuousClock.now - start) / .seconds(1))
      }
      let median = seconds.sorted()[seconds.count / 2]
      let packets = flows.reduce(0) { $0 + min($1.packets.count, contract.packets) }
      print("flows              \(flows.count)")
      print("packets            \(packets)")
      print("kernel             \(FlowClassifier.blasKernel), one thread")
      print("flows a second     \(Int(Double(flows.count) / median)) (median of \(seconds.count.counted("round")))")
      if trainingSteps > 0 {
        let batch = Dataset(
          labels: frozen.description.labels, examples: flows.prefix(64).map { Example(flow: $0, label: 0, group: "") })
        let steps = try Trainer(TrainingRecipe(contract: contract, shape: frozen.description.shape))
          .secondsPerBatch(batch, steps: trainingSteps)
        if steps.isEmpty {
          say("no seconds a batch: \(frozen.description.architecture.rawValue) is not trained in batches")
        } else {
          let median = steps.sorted()[steps.count / 2]
          print("seconds a batch    \(Figure.short(median)) (training, \(batch.examples.count.counted("flow")))")
        }
      }
      if let planned { try write(flows, labels, contract, to: planned) }
    }
  }

  private func write(
    _ flows: [ObservedFlow], _ labels: [Classification], _ contract: InputContract, to planned: PlannedOutput
  )
    throws
  {
    let encoder = PacketEncoder(contract)
    var file = Safetensors()
    file.metadata[OutputKind.encodedFlowsMember] = Tool.version
    file.tensors["x"] = Tensor(
      shape: [flows.count, contract.packets, contract.valuesPerPacket], values: flows.flatMap { encoder.encode($0) })
    file.tensors["lengths"] = Tensor(
      shape: [flows.count], values: flows.map { Float(encoder.packetCount(of: $0)) })
    file.tensors["sizes"] = Tensor(
      shape: [flows.count, contract.packets],
      values: flows.flatMap { flow in
        (0..<contract.packets).map {
          $0 < flow.packets.count ? Float(encoder.visibleByteCount(flow.packets[$0], in: flow)) : 0
        }
      })
    let probabilities = labels.map { label -> [Float] in
      if case .model(let prediction) = label { prediction.probabilities } else { [] }
    }
    file.tensors["probabilities"] = Tensor(
      shape: [flows.count, probabilities.first?.count ?? 0], values: probabilities.flatMap { $0 })
    try OutputFile(planned).writeWhole(file.bytes)
  }
}
