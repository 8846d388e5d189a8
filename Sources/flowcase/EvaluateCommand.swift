import ArgumentParser
import Engine
import Foundation
import Learning
import Records
import Reporting

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a frozen model, or a kind of model, on labelled captures.",
    discussion: """
      When the first path is a model file, that model is measured on the flows of the captures, cut and prepared as the \
      model wants them. Captures that the model says it was trained on are refused, and single flows \
      that are, to the model, the same as one it was trained on are not counted. Without a model, or with a model and --split, a kind of model is measured by cross-validation: \
      each flow is tested once, by a model that was not trained on it (with the split 'grouped', flows of classes that \
      have one capture only are not tested). The split 'random' deals flows: 8 parts to train, \
      1 to validate, 1 to test. The split 'grouped' deals captures, after removing repeated flows, so that no capture is \
      on both sides: the kind of figure that holds on new evidence; the two ends a and b of a conversation count as one capture. \
      There, temperature and thresholds of each round are fitted on the answers of the other rounds.

      Standard output has precision, recall and F1 of each class and their averages. With --output, a directory gets them \
      and the confusion matrix, the reliability and a summary as CSV, pictures of the three as SVG, and in flows.csv every flow that was tested: \
      where it lies in the evidence, its class, and what was said of it.
      """)

  @Argument(help: "A model file, if one is to be measured; then captures, or directories of them.", completion: .file())
  var paths: [String]
  @OptionGroup var arguments: TrainingArguments
  @Option(help: "random or grouped: measure by cross-validation. Without a model, random by default.")
  var split: SplitKind?
  @Option(help: "Rounds of the cross-validation.") var folds: Int?
  @Option(help: "Run only this many of the rounds.") var rounds: Int?
  @Option(help: "Trainings at one time.") var threads: Int?
  @Option(help: "Where to write the error rates for 'flowcase train --rates'.", completion: .file()) var rates: String?
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table
  @Option(name: .shortAndLong, help: "A directory for tables and pictures.", completion: .directory) var output: String?
  @Option(
    help:
      "With --split grouped, what temperatures and thresholds are fitted on: the other rounds' captures, or validation flows of the training captures."
  )
  var calibration: CalibrationSource?
  @Option(help: "Cross-validation: share of labelled flows that may be wrong at the thresholds; 0.1 by default.")
  var errorRate: Double?
  @Option(help: "A row for each class, or for each laboratory.") var by: Rows = .class
  @OptionGroup var overwrite: OverwriteOption
  @Flag(help: "Measure a model also on captures that it was trained on.") var allowSeen = false
  @Flag(help: "A line for each epoch of each round.") var verbose = false

  /// What a row of the table is.
  enum Rows: String, ExpressibleByArgument, CaseIterable {
    case `class`, laboratory
  }

  func validate() throws {
    if let errorRate, !(errorRate > 0 && errorRate < 1) {
      throw ValidationError("--error-rate is \(errorRate), not between 0 and 1")
    }
  }

  func run() throws {
    try reportingFailure {
      let files = try Files(self)
      guard let first = paths.first, ModelLoader.isModel(first) else {
        return try crossValidate(paths, arguments.recipe, split ?? .random, files)
      }
      let model = try ModelLoader.load(first).model
      let captures = Array(paths.dropFirst())
      guard !captures.isEmpty else { throw CommandFailed(description: "name captures to measure '\(first)' on") }
      let given = arguments.givenBesideAModel
      guard given.isEmpty else {
        throw CommandFailed(
          description: "the model decides how flows are seen and trained: leave out \(given.joined(separator: ", "))")
      }
      guard let split else {
        guard calibration == nil, errorRate == nil else {
          throw CommandFailed(
            description: "a frozen model keeps the thresholds it has: leave out --calibration and --error-rate")
        }
        return try measure(model, on: captures, files)
      }
      let description = model.description
      var recipe = TrainingRecipe(
        contract: description.contract, shape: description.shape,
        options: description.training?.options ?? arguments.recipe.options)
      recipe.ensemble = description.ensemble
      (recipe.labelPrefix, recipe.outside) = (description.tree.prefix, Set(description.outside ?? []))
      try crossValidate(captures, recipe, split, files)
    }
  }

  private func measure(_ model: FrozenModel, on captures: [String], _ files: Files) throws {
    let description = model.description
    let flows = try FlowsForModel(description, captures, labels: arguments.labels, keepsSeenFlows: allowSeen)
    if let text = flows.seenText {
      guard allowSeen else {
        throw CommandFailed(
          description:
            "\(text), so what it reaches on them says nothing about new evidence: leave them out, or say --allow-seen")
      }
      say("WARNING: \(text); the figures do not hold for new evidence")
    }
    if let text = flows.seenFlowsText {
      say(allowSeen ? "WARNING: \(text); the figures do not hold for new evidence" : "not counted: \(text)")
    }
    let classifier = FlowClassifier(model)
    if !flows.outside.isEmpty {
      say(
        "\(Figure.count(flows.outside.count, "flow")) not counted, of classes that the model does not know: \(flows.unknownLabels.joined(separator: ", "))"
      )
      let share = classifier.unknownShare(of: flows.outside.map(\.flow))
      say("of these the model calls \(Figure.percent(share)) unknown; every other label among them is wrong")
    }
    if flows.dataset.examples.isEmpty, !flows.outside.isEmpty {
      return say(
        "there are no flows of the model's classes, which are \(model.description.labels.joined(separator: ", "))")
    }
    try flows.requireFlows()
    let judged = classifier.judge(flows.dataset)
    try report(
      EvaluationReport(
        evaluation: Evaluation(judged, flows.dataset, description.tree), title: "frozen model",
        threshold: description.threshold,
        flows: JudgedFlowTable(flows: judged, dataset: flows.dataset, tree: description.tree)), split: "test", to: files
    )
    tellOutside(judged, flows.dataset, description)
  }

  /// How many flows of classes that stand for none of the others were taken for one of these.
  private func tellOutside(_ judged: [JudgedFlow], _ dataset: Dataset, _ description: ModelDescription) {
    var outside = OutsideFlows()
    for flow in judged {
      outside.add(
        flow.prediction, truth: dataset.examples[flow.example].label, description.tree,
        outside: Set(description.outside ?? []))
    }
    guard outside.flows > 0 else { return }
    say(
      "\(Figure.count(outside.flows, "flow")) of \((description.outside ?? []).joined(separator: ", ")): \(Figure.percent(1 - outside.takenShare)) are given none of the other classes"
    )
  }

  private func crossValidate(
    _ captures: [String], _ recipe: TrainingRecipe, _ split: SplitKind, _ files: Files
  ) throws {
    var dataset = try LabelledFlows.collect(captures, labels: arguments.labels, contract: recipe.contract).dataset
    try dataset.prepare(arguments)
    if split != .random {
      let report = dataset.removeDuplicates(for: recipe.contract)
      say(
        "\(report.removed.counted("repeated flow")) removed; with an input that occurs under two labels: \(report.conflictingFlows.counted("flow"))"
      )
    }
    let plan = dataset.split(split, folds: folds ?? (split == .random ? 10 : 5), seed: recipe.options.seed)
    let untestable = plan.untestable.map { dataset.labels[$0] }
    if !untestable.isEmpty {
      say("in one capture only, so trained on and never tested: \(untestable.joined(separator: ", "))")
    }
    let isVerbose = verbose
    let result = try CrossValidation.run(
      dataset, recipe, split: plan, folds: rounds,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, calibration: calibration ?? .captures,
      errorRate: errorRate ?? 0.1
    ) { fold, report in
      if isVerbose { say(EpochText.line(report, fold: fold)) }
    }
    try report(
      EvaluationReport(
        evaluation: result.pooled, title: result.title(recipe),
        flows: JudgedFlowTable(flows: result.judged, dataset: dataset, tree: result.pooled.tree)),
      split: split.rawValue, to: files)
    tellOutside(result.judged, dataset, recipe.untrained(labels: dataset.labels))
    let f1s = result.rounds.map { $0.evaluation.metrics.macroF1 }
    say(
      "mean of rounds: accuracy \(Figure.short(result.mean { $0.metrics.accuracy })), macro-F1 \(Figure.short(result.mean { $0.metrics.macroF1 })) (from \(Figure.short(f1s.min() ?? 0)) to \(Figure.short(f1s.max() ?? 0)))"
    )
  }

  private func report(_ report: EvaluationReport, split: String, to files: Files) throws {
    let target = try OutputTarget()
    var formatter = target.writer(format)
    if by == .laboratory {
      guard let laboratories = report.laboratories else {
        throw CommandFailed(description: "nothing says which laboratory a flow is of: leave out --by laboratory")
      }
      try laboratories.write(&formatter)
    } else {
      try report.writeClasses(&formatter)
    }
    try target.finish()
    let evaluation = report.evaluation, metrics = evaluation.metrics
    say(
      "\(report.title), \(Figure.count(metrics.flows, "flow")): accuracy \(Figure.short(metrics.accuracy)), macro-F1 \(Figure.short(metrics.macroF1)), weighted F1 \(Figure.short(metrics.average(isWeighted: true, metrics.f1)))"
    )
    say(
      "calibration error \(Figure.short(metrics.calibrationError)); at the frozen threshold \(Figure.percent(evaluation.coverage)) of flows get a label, of which \(Figure.percent(evaluation.errorRate)) are wrong"
    )
    if let directory = files.directory {
      try report.write(to: directory)
      say("wrote tables and pictures to '\(directory.path)'")
    }
    guard let rates = files.rates else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try OutputFile(rates).writeWhole(Array(encoder.encode([evaluation.rates(split: split)])))
  }

  /// The files to write, found writable before anything is read.
  private struct Files {
    let directory: OutputDirectory?
    let rates: PlannedOutput?

    init(_ command: EvaluateCommand) throws {
      let outputs = command.overwrite.outputs(inputs: [
        (command.paths, "an input"), (command.arguments.labels.inputs, "the label file"),
      ])
      directory = try command.output.map { try OutputDirectory($0, outputs) }
      rates = try command.rates.map { try outputs.plan($0, .errorRates) }
      if let directory { try EvaluationReport.check(directory) }
    }
  }
}
