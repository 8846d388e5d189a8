import ArgumentParser
import Engine
import Evidence
import Foundation
import Learning
import Records

struct AdaptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapt", abstract: "Fit a frozen model to labelled flows of your own network.",
    discussion: """
      Fifty to five hundred labelled flows of the network in question make labels there more frequent and more often right. \
      The model stays as it is; some trees are added that begin where its own end, and temperature and thresholds are fitted \
      anew on answers about flows that these trees had not seen. What the flows say too little about keeps its threshold. \
      The new file says what it was adapted from, and keeps the rates measured of the model before, which are of other networks.
      """)

  @Argument(help: "Captures with labelled flows, or directories of them.", completion: .file()) var captures: [String]
  @OptionGroup var labels: LabelFiles
  @Option(help: "The model to adapt; without it, the default model.", completion: .file()) var model: String?
  @Option(name: .shortAndLong, help: "The model file to write.", completion: .file()) var output: String
  @Option(help: "Share of labelled flows that may be wrong at the thresholds.") var errorRate = 0.1
  @Option(help: "Seed of what is dealt or drawn by chance.") var seed: UInt64 = 1
  @OptionGroup var overwrite: OverwriteOption

  func validate() throws {
    guard errorRate > 0, errorRate < 1 else {
      throw ValidationError("--error-rate is \(errorRate), not between 0 and 1")
    }
  }

  func run() throws {
    try reportingFailure {
      let outputs = overwrite.outputs(inputs: [(captures, "evidence"), (labels.inputs, "the label file")])
      let planned = try outputs.plan(output, .model)
      let (frozen, sha256) = try ModelLoader.load(model)
      let flows = try FlowsForModel(frozen.description, captures, labels: labels, keepsSeenFlows: true)
      try flows.requireFlows()
      if let text = flows.seenFlowsText { say("WARNING: \(text); what is measured on them does not hold for others") }
      let adaptation = try Adaptation(frozen, errorRate: errorRate)
      let result = try adaptation.adapted(to: flows.dataset, seed: seed)
      var model = result.model
      try model.revise { description in
        description.training?.adaptedFrom = sha256.description
        description.training?.command = "flowcase adapt"
        description.training?.toolVersion = Tool.version
      }
      say(line("before", result.before))
      say(line("after, on flows it was not adapted on", result.after))
      let bytes = model.fileBytes
      try OutputFile(planned).writeWhole(bytes)
      say(ThresholdText.all(model.description))
      say("wrote '\(output)', SHA-256 \(Digest.sha256(bytes)?.description ?? "")")
    }
  }

  private func line(_ name: String, _ measured: Evaluation) -> String {
    let classes = measured.classMetrics
    return
      "\(name): \(Figure.percent(measured.coverage)) of \(Figure.count(classes.flows, "flow")) get a label, of which \(Figure.percent(1 - measured.errorRate)) are right; classes right \(Figure.percent(classes.accuracy)), calibration error \(Figure.short(classes.calibrationError))"
  }
}
