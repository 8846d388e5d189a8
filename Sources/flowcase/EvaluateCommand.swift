import ArgumentParser
import Engine
import Foundation
import Learning
import Records
import Reporting

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well a kind of model does on labelled captures, by cross-validation.",
    discussion: """
      Each flow is tested once, by a model that was not trained on it (with the split 'grouped', flows of classes that \
      have one capture only are not tested). The split 'random' deals flows: 8 parts to train, \
      1 to validate, 1 to test. The split 'grouped' deals captures, after removing repeated flows, so that no capture is \
      on both sides: the kind of figure that holds on new evidence.
      """)

  @Argument(help: "Captures, or directories of them.", completion: .file()) var captures: [String]
  @OptionGroup var arguments: TrainingArguments
  @Option(help: "random or grouped.") var split: SplitKind = .random
  @Option(help: "Rounds of the cross-validation.") var folds: Int?
  @Option(help: "Run only this many of the rounds.") var rounds: Int?
  @Option(help: "Trainings at one time.") var threads: Int?
  @Option(help: "Where to write the error rates for 'flowcase train --rates'.", completion: .file()) var rates: String?
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table
  @Flag(help: "A line for each epoch of each round.") var verbose = false

  func run() throws {
    try reportingFailure {
      let recipe = arguments.recipe
      var dataset = try LabelledFlows.collect(captures, arguments).dataset
      if split == .grouped {
        let report = dataset.removeDuplicates(for: recipe.contract)
        say(
          "\(report.removed) repeated flows removed; \(report.conflictingFlows) flows have an input that occurs under two labels"
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
        threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
      ) { fold, report in
        if isVerbose { say(EpochText.line(report, fold: fold)) }
      }
      try report(result)
    }
  }

  private func report(_ result: CrossValidation.Result) throws {
    let target = try OutputTarget(nil)
    var formatter = format.writer(to: target.sink)
    let metrics = result.pooled.metrics
    try formatter.begin(columns: ["class", "flows", "precision", "recall", "f1"])
    for index in metrics.labels.indices where metrics.support(index) > 0 {
      let figures = [metrics.precision(index), metrics.recall(index), metrics.f1(index)]
      try formatter.row(
        [.text(metrics.labels[index]), .integer(Int64(metrics.support(index)))] + figures.map { .real($0) })
    }
    try formatter.end(isTruncated: false)
    try target.sink.flush()
    let f1s = result.rounds.map { $0.evaluation.metrics.macroF1 }
    say(
      "\(result.rounds.count) rounds, \(metrics.flows) flows tested: accuracy \(Figure.short(metrics.accuracy)), macro-F1 \(Figure.short(metrics.macroF1)) over all rounds together"
    )
    say(
      "mean of rounds: accuracy \(Figure.short(result.mean { $0.metrics.accuracy })), macro-F1 \(Figure.short(result.mean { $0.metrics.macroF1 })) (from \(Figure.short(f1s.min() ?? 0)) to \(Figure.short(f1s.max() ?? 0)))"
    )
    say(
      "calibration error \(Figure.short(metrics.calibrationError)); at the frozen threshold \(Figure.percent(result.pooled.coverage)) of flows get a label, of which \(Figure.percent(result.pooled.errorRate)) are wrong"
    )
    guard let rates else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode([result.pooled.rates(split: split.rawValue)]).write(to: URL(filePath: rates))
  }
}
