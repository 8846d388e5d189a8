import ArgumentParser
import Engine
import Learning
import Records
import Reporting

struct DatasetEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how well trees do on a feature table, by cross-validation.",
    discussion: """
      Rows are dealt by chance, class by class, and each is tested once, by a model that was not trained on it: flows of \
      one capture stand on both sides, and the figures are those of the literature, not of new evidence. With --unique \
      no row is tested whose features were trained on.

      With --split grouped whole groups are dealt, by the column that 'flowcase dataset prepare --groups' adds, so that no \
      capture is on both sides: that is what holds for new evidence. Classes of one group are trained on and not tested.
      """)

  @OptionGroup var arguments: GroupedTableArguments
  @OptionGroup var trees: TreeArguments
  @Option(help: "random (rows) or grouped (whole groups).") var split: SplitKind = .random
  @Option(help: "Rounds of the cross-validation.") var folds = 10
  @Flag(help: "Leave out rows that repeat the features of an earlier row.") var unique = false
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table

  func validate() throws {
    if !(2...1000).contains(folds) { throw ValidationError("folds is \(folds), not in 2...1000") }
    if split == .laboratory {
      throw ValidationError("a feature table does not say which laboratory a row is of: --split is random or grouped")
    }
  }

  func run() throws {
    try reportingFailure {
      let (loaded, groups) = try arguments.loadGrouped()
      let repeated = Set(unique ? loaded.table.repeats.rows : [])
      let rows = loaded.table.targets.indices.filter { !repeated.contains($0) }
      let table = loaded.table.selecting(rows)
      let parts: [[Int]]
      if split == .grouped {
        guard let groups else {
          throw CommandFailed(
            description:
              "'\(arguments.source.table)' does not say which rows belong together: 'flowcase dataset prepare --groups' makes a table that does"
          )
        }
        parts = table.folds(folds, groups: rows.map { groups[$0] }, seed: trees.seed)
      } else {
        parts = table.folds(folds, seed: trees.seed)
      }
      let rounds = try trees.recipe.crossValidate(table, parts: parts)
      var pooled = Metrics(labels: table.labels)
      for round in rounds { pooled.add(round) }
      let target = try OutputTarget()
      var formatter = target.writer(format)
      try formatter.begin(columns: ["class", "flows", "precision", "recall", "f1"])
      for index in pooled.labels.indices where pooled.support(index) > 0 {
        let figures = [pooled.precision(index), pooled.recall(index), pooled.f1(index)]
        try formatter.row(
          [.text(pooled.labels[index]), .integer(Int64(pooled.support(index)))] + figures.map { .real($0) })
      }
      try formatter.end(isTruncated: false)
      try target.finish()
      say(
        "\(trees.architecture.rawValue), \(split.rawValue), \(rounds.count.counted("round")), \(pooled.flows.counted("flow")) tested: accuracy \(Figure.short(pooled.accuracy)), macro-F1 \(Figure.short(pooled.macroF1))"
      )
    }
  }
}
