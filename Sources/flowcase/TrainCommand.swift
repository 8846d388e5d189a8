import ArgumentParser
import Engine
import Evidence
import Foundation
import Learning
import Records

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on labelled captures and freeze it.",
    discussion: """
      The class of a capture comes from its name, by the patterns of the label files. What the model measured on \
      the flows set aside for validation chooses the epoch.

      The temperature, and when the model abstains, are for captures it has never seen: models of the same kind are \
      trained without some of the captures each, in --folds rounds, and answer for the captures left out, repeated flows \
      removed. On these answers both are fitted, and what was measured on them goes into the model file. Each label has a \
      threshold of its own: the similarity to training flows (with --references; else the confidence) down to which at \
      most --error-rate of its flows are wrong, captures counted alike. A label for which there is none is never given. \
      Where no class has two captures, or with --calibration flows, the temperature and one threshold of confidence are \
      fitted on the validation flows, which come from the training captures, and do not hold for others.
      """)

  @Argument(help: "Captures, or directories of them.", completion: .file()) var captures: [String]
  @OptionGroup var arguments: TrainingArguments
  @Option(name: .shortAndLong, help: "The model file to write.", completion: .file()) var output: String
  @Option(help: "What the file says of its licence.") var licence: String?
  @Option(
    help: "A file of error rates to put into the model, as 'flowcase evaluate --rates' writes it.", completion: .file())
  var rates: [String] = []
  @Option(help: "What temperature and thresholds are fitted on: captures (left out of training) or flows.")
  var calibration: CalibrationSource = .captures
  @Option(help: "Share of labelled flows that may be wrong at the thresholds.") var errorRate = 0.1
  @Option(
    help: "Rounds in which captures are left out: more take longer, and each model is nearer to the one that is frozen."
  )
  var folds = 5
  @Option(
    help:
      "Splits into such rounds, over which temperature and thresholds are averaged: in turns by capture, and by laboratory (those with more than a tenth of all flows by capture). Where laboratories are known, captures are dealt file by file."
  )
  var splits = 1
  @Option(
    help:
      "A directory for what was measured on captures left out: tables and pictures, as 'flowcase evaluate -o' writes them.",
    completion: .directory)
  var tables: String?
  @OptionGroup var overwrite: OverwriteOption
  @Flag(name: .shortAndLong, help: "No line for each epoch.") var quiet = false

  func validate() throws {
    guard errorRate > 0, errorRate < 1 else {
      throw ValidationError("--error-rate is \(errorRate), not between 0 and 1")
    }
    if tables != nil, calibration == .flows {
      throw ValidationError("--tables is of captures left out, and with --calibration flows none are")
    }
    guard (1...100).contains(splits) else { throw ValidationError("--splits is \(splits), not in 1...100") }
    guard (2...1000).contains(folds) else { throw ValidationError("--folds is \(folds), not in 2...1000") }
  }

  func run() throws {
    try reportingFailure {
      let outputs = overwrite.outputs(inputs: [
        (captures, "evidence"), (arguments.labels.inputs, "the label file"), (rates, "the file of error rates"),
      ])
      let planned = try outputs.plan(output, .model)
      let directory = try tables.map { try OutputDirectory($0, outputs) }
      if let directory { try EvaluationReport.check(directory) }
      let recipe = arguments.recipe
      var collection = try LabelledFlows.collect(captures, labels: arguments.labels, contract: recipe.contract)
      try collection.dataset.prepare(arguments)
      var dataset = collection.dataset
      _ = dataset.removeDuplicates(for: recipe.contract)
      let study = calibration == .captures ? try measureOnNewCaptures(recipe, dataset, directory) : nil
      let measured = study?.rates(dataset) ?? []
      var trainer = Trainer(recipe)
      trainer.errorRate = errorRate
      let trained = try trainer.train(
        collection.dataset, training: Array(collection.dataset.examples.indices),
        progress: { if !quiet { say(EpochText.line($0)) } })
      try freeze(trained, collection, study, measured, to: planned)
    }
  }

  /// Trains models without some of the captures, or laboratories, and asks them about these.
  ///
  /// - Returns: `nil` when no class has two captures.
  private func measureOnNewCaptures(
    _ recipe: TrainingRecipe, _ dataset: Dataset, _ directory: OutputDirectory?
  ) throws -> CalibrationStudy? {
    var study = CalibrationStudy(recipe, labels: dataset.labels, errorRate: errorRate)
    for number in 0..<splits {
      // One laboratory cannot be left out.
      let hasLaboratories = Set(dataset.examples.map(\.laboratory)).count > 1
      let kind = hasLaboratories && number % 2 == 1 ? SplitKind.laboratory : .grouped
      let plan = dataset.split(
        kind, folds: folds, seed: recipe.options.seed &+ UInt64(number), byFile: hasLaboratories)
      guard plan.folds.contains(where: { !$0.test.isEmpty }) else { continue }
      let result = try CrossValidation.run(
        dataset, recipe, split: plan, threads: ProcessInfo.processInfo.activeProcessorCount, errorRate: errorRate)
      study.append(result)
      say(StudyText.line(result, number: number + 1))
    }
    guard let first = study.results.first else {
      say(
        "WARNING: no class has two captures, so temperature and threshold are fitted on flows of the training captures and do not hold for others"
      )
      return nil
    }
    if let directory {
      try EvaluationReport(
        evaluation: study.evaluation, title: "\(first.title(recipe)), \(study.results.count.counted("split"))",
        flows: JudgedFlowTable(flows: study.judged, dataset: dataset, tree: first.pooled.tree)
      ).write(to: directory)
      say("wrote tables and pictures to '\(directory.path)'")
    }
    return study
  }

  private func freeze(
    _ trained: TrainedModel, _ collection: LabelledCaptures.Collection, _ study: CalibrationStudy?,
    _ measured: [MeasuredRates], to planned: PlannedOutput
  ) throws {
    var description = trained.model.description
    description.licence = licence
    let fitted = study?.calibration ?? trained.calibration
    if let fitted { description.decisionRule = fitted.rule }
    description.errorRates = try rates.flatMap { path in
      try JSONDecoder().decode([MeasuredRates].self, from: Data(NamedFile.text(path, what: "file of error rates").utf8))
    }
    for rates in measured where !description.errorRates.contains(where: { $0.split == rates.split }) {
      description.errorRates.append(rates)
    }
    // Where no flow got a label nothing is known of the labels' errors; a rate of 0 beside every label would be false.
    if fitted?.coverage != 0,
      let silent = description.errorRates.first(where: { $0.coverage == 0 && $0.split != "no_class" })
    {
      say("in the '\(silent.split)' measurement no flow got a label: it does not go into the model file")
      description.errorRates.removeAll { $0.coverage == 0 && $0.split != "no_class" }
    }
    description.training?.split = "random"
    description.training?.dataSHA256 = collection.digests.map(\.description)
    // Neither date nor paths: the same captures, options and seed give the same file, byte for byte.
    description.training?.command = "flowcase train"
    description.training?.toolVersion = Tool.version
    let model = try FrozenModel(description, tensors: trained.model.tensors)
    let bytes = model.fileBytes
    try OutputFile(planned).writeWhole(bytes)
    let digest = Digest.sha256(bytes)?.description ?? ""
    if let fitted {
      say(
        "frozen for \(study == nil ? "flows of the training captures" : "new captures"): temperature \(ThresholdText.temperature(fitted.rule)), \(ThresholdText.all(model.description)), coverage \(Figure.percent(fitted.coverage)), wrong among labelled \(Figure.percent(fitted.errorRate))"
      )
    }
    if let fitted, fitted.coverage == 0 {
      say(
        "WARNING: at no threshold are \(Figure.percent(1 - errorRate)) of labels right\(study == nil ? "" : " on captures left out of training"), so the model calls every flow unknown; its guess stays in 'predicted_label'. Give it more captures, or state another --error-rate"
      )
    }
    say("wrote '\(output)', SHA-256 \(digest)")
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
  static func count(_ number: Int, _ noun: String) -> String { number.counted(noun) }

  static func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
}
