import ArgumentParser
import Engine
import Foundation
import Learning
import Records

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on labelled captures and freeze it.",
    discussion: """
      The class of a capture comes from its file name, by the patterns of the label file. What the model measured on \
      the flows set aside for validation chooses the epoch, the temperature and the threshold below which it abstains.
      """)

  @Argument(help: "Captures, or directories of them.", completion: .file()) var captures: [String]
  @OptionGroup var arguments: TrainingArguments
  @Option(name: .shortAndLong, help: "The model file to write.", completion: .file()) var output: String
  @Option(help: "What the file says of its licence.") var licence: String?
  @Option(
    help: "A file of error rates to put into the model, as 'flowcase evaluate --rates' writes it.", completion: .file())
  var rates: [String] = []
  @Flag(name: .shortAndLong, help: "No line for each epoch.") var quiet = false

  func run() throws {
    try reportingFailure {
      let recipe = arguments.recipe
      let collection = try LabelledFlows.collect(captures, labels: arguments.labels, contract: recipe.contract)
      let trained = try Trainer(recipe).train(
        collection.dataset, training: Array(collection.dataset.examples.indices),
        progress: { if !quiet { say(EpochText.line($0)) } })
      try freeze(trained, collection)
    }
  }

  private func freeze(_ trained: TrainedModel, _ collection: LabelledCaptures.Collection) throws {
    var description = trained.model.description
    description.licence = licence
    description.errorRates = try rates.flatMap { path in
      try JSONDecoder().decode([MeasuredRates].self, from: Data(NamedFile.text(path, what: "file of error rates").utf8))
    }
    description.training?.split = "random"
    description.training?.dataSHA256 = collection.digests.map(\.description)
    // Neither date nor paths: the same captures, options and seed give the same file, byte for byte.
    description.training?.command = "flowcase train"
    description.training?.toolVersion = Tool.version
    let model = try FrozenModel(description, tensors: trained.model.tensors)
    try model.save(path: output)
    let digest = try ModelLoader.load(output).sha256
    if let calibration = trained.calibration {
      say(
        "validation: temperature \(Figure.short(calibration.temperature)), threshold \(Figure.short(calibration.threshold)), coverage \(Figure.percent(calibration.coverage)), wrong among labelled \(Figure.percent(calibration.errorRate))"
      )
    }
    say("wrote '\(output)', SHA-256 \(digest)")
  }
}

/// Gathers the flows a training or an evaluation works on, and says what was found.
enum LabelledFlows {
  static func collect(
    _ captures: [String], labels: String, contract: InputContract
  ) throws -> LabelledCaptures.Collection {
    let text = try NamedFile.text(labels, what: "label file")
    let collection = LabelledCaptures(labels: try LabelMap(parsing: text), contract: contract).collect(captures)
    let dataset = collection.dataset
    let counts = zip(dataset.labels, dataset.counts).map { "\($0) \($1)" }.joined(separator: ", ")
    say("\(dataset.examples.count) flows of \(collection.digests.count) captures: \(counts)")
    let leftOut = collection.leftOut.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ")
    if !leftOut.isEmpty { say("left out by the contract: \(leftOut)") }
    if !collection.unlabelledFiles.isEmpty {
      say(
        "\(collection.unlabelledFiles.count) files have no class and were not used, such as '\(collection.unlabelledFiles[0])'"
      )
    }
    if !collection.problems.isEmpty {
      say("\(Figure.count(collection.problems.count, "problem")) in the captures; 'flowcase scan' lists them")
    }
    return collection
  }
}

enum EpochText {
  static func line(_ report: EpochReport, fold: Int? = nil) -> String {
    var text = fold.map { "fold \($0 + 1), " } ?? ""
    text += "epoch \(report.epoch): loss \(Figure.short(report.loss))"
    if let accuracy = report.accuracy, let macroF1 = report.macroF1 {
      text += ", validation accuracy \(Figure.short(accuracy)), macro-F1 \(Figure.short(macroF1))"
    }
    return text + (report.isBest ? " *" : "")
  }
}

/// Numbers for people.
enum Figure {
  static func short(_ value: Double) -> String { String(((value * 10_000).rounded()) / 10_000) }
  /// Such as `1 file` and `2 files`.
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  static func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
}
