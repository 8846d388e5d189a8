import ArgumentParser
import Engine
import Foundation
import Learning
import Records
import Reporting

extension TreeModel.Architecture: ExpressibleByArgument {}

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Work with feature tables: look, convert, train and measure trees.",
    discussion: """
      A feature table is an ARFF or CSV file, compressed or not, whose last column (or the one that --class names) is the \
      class of a flow and whose other columns are features, such as the time-based ones published with ISCX VPN-nonVPN \
      2016. Missing values are '?' or nothing.
      """,
    subcommands: [
      DatasetStatsCommand.self, DatasetConvertCommand.self, DatasetEvaluateCommand.self, DatasetTrainCommand.self,
    ])
}

/// The table a command works on.
struct TableArguments: ParsableArguments {
  @Argument(help: "A feature table: ARFF or CSV, compressed or not.", completion: .file()) var table: String
  @Option(name: .customLong("class"), help: "The column that is the class; the last by default.")
  var className: String?

  func load() throws -> FeatureTableFile.Loaded {
    let loaded = try FeatureTableFile.read(table, className: className)
    let counts = zip(loaded.table.labels, loaded.table.counts).map { "\($0) \($1)" }.joined(separator: ", ")
    say("\(loaded.table.rowCount) rows of \(loaded.table.features.count) features: \(counts)")
    if loaded.unlabelledRows > 0 { say("\(Figure.count(loaded.unlabelledRows, "row")) without a class left out") }
    return loaded
  }
}

/// How trees are made.
struct TreeArguments: ParsableArguments {
  @Option(help: "c4.5 or xgboost.") var architecture: TreeModel.Architecture = .c45
  @Option(help: "c4.5: confidence that prunes; smaller prunes more.") var confidence: Double?
  @Option(help: "c4.5: fewest cases of a branch.") var minimumCases: Double?
  @Flag(help: "c4.5: leave the tree as it was grown.") var unpruned = false
  @Option(help: "xgboost: trees for each class.") var rounds: Int?
  @Option(help: "xgboost: splits on the way to a leaf.") var depth: Int?
  @Option(help: "xgboost: what each new tree counts.") var learningRate: Double?
  @Option(help: "Seed of what is dealt or drawn by chance.") var seed: UInt64 = 1

  var recipe: TreeRecipe {
    var recipe = TreeRecipe()
    recipe.architecture = architecture
    recipe.c45.confidence = confidence ?? recipe.c45.confidence
    recipe.c45.minimumCases = minimumCases ?? recipe.c45.minimumCases
    recipe.c45.isPruned = !unpruned
    recipe.xgboost.rounds = rounds ?? recipe.xgboost.rounds
    recipe.xgboost.maximumDepth = depth ?? recipe.xgboost.maximumDepth
    recipe.xgboost.learningRate = learningRate ?? recipe.xgboost.learningRate
    recipe.xgboost.seed = seed
    return recipe
  }

  func validate() throws {
    if let fault = recipe.fault { throw ValidationError("no \(architecture.rawValue) model can be made so: \(fault)") }
  }
}

struct DatasetStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show the columns of a feature table: missing values, range and mean.")

  @OptionGroup var arguments: TableArguments
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table

  func run() throws {
    try reportingFailure {
      let table = try arguments.load().table
      let repeats = table.repeats
      say("\(repeats.rows.count) rows repeat an earlier one, \(repeats.conflicting) of them under another class")
      let target = try OutputTarget(nil)
      var formatter = format.writer(to: target.sink)
      try formatter.begin(columns: ["feature", "missing", "distinct", "least", "mean", "largest"])
      for (feature, column) in zip(table.features, table.columns) {
        let known = column.filter { !$0.isNaN }
        let mean = known.isEmpty ? 0 : known.reduce(0.0) { $0 + Double($1) } / Double(known.count)
        try formatter.row([
          .text(feature.name), .integer(Int64(column.count - known.count)), .integer(Int64(Set(known).count)),
          .real(Double(known.min() ?? 0)), .real(mean), .real(Double(known.max() ?? 0)),
        ])
      }
      try formatter.end(isTruncated: false)
      try target.sink.flush()
    }
  }
}

struct DatasetConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a feature table as CSV or ARFF, the class in the last column.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, arff }

  @OptionGroup var arguments: TableArguments
  @Option(help: "csv or arff.") var format: Format = .csv
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file())
  var output: String?
  @Flag(help: "Leave out rows that repeat the features of an earlier row.") var unique = false

  func run() throws {
    try reportingFailure {
      var table = try arguments.load().table
      if unique { table = table.withoutRepeats() }
      let target = try OutputTarget(output)
      switch format {
      case .csv: try table.writeCSV(className: arguments.className ?? "class") { try target.write($0) }
      case .arff: try table.writeARFF(className: arguments.className ?? "class") { try target.write($0) }
      }
      try target.sink.flush()
    }
  }
}

struct DatasetEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how well trees do on a feature table, by cross-validation.",
    discussion: """
      Rows are dealt by chance, class by class, and each is tested once, by a model that was not trained on it. A table \
      does not say which capture a row is from, so flows of one capture stand on both sides, and the figures are those \
      of the literature, not of new evidence. With --unique no row is tested whose features were trained on.
      """)

  @OptionGroup var arguments: TableArguments
  @OptionGroup var trees: TreeArguments
  @Option(help: "Rounds of the cross-validation.") var folds = 10
  @Flag(help: "Leave out rows that repeat the features of an earlier row.") var unique = false
  @Option(help: "table, csv, jsonl or markdown.") var format: OutputFormat = .table

  func validate() throws {
    if !(2...1000).contains(folds) { throw ValidationError("folds is \(folds), not in 2...1000") }
  }

  func run() throws {
    try reportingFailure {
      var table = try arguments.load().table
      if unique { table = table.withoutRepeats() }
      let rounds = try trees.recipe.crossValidate(table, folds: folds, seed: trees.seed)
      var pooled = Metrics(labels: table.labels)
      for round in rounds { pooled.add(round) }
      let target = try OutputTarget(nil)
      var formatter = format.writer(to: target.sink)
      try formatter.begin(columns: ["class", "flows", "precision", "recall", "f1"])
      for index in pooled.labels.indices where pooled.support(index) > 0 {
        let figures = [pooled.precision(index), pooled.recall(index), pooled.f1(index)]
        try formatter.row(
          [.text(pooled.labels[index]), .integer(Int64(pooled.support(index)))] + figures.map { .real($0) })
      }
      try formatter.end(isTruncated: false)
      try target.sink.flush()
      say(
        "\(trees.architecture.rawValue), \(rounds.count) rounds, \(pooled.flows) flows tested: accuracy \(Figure.short(pooled.accuracy)), macro-F1 \(Figure.short(pooled.macroF1))"
      )
    }
  }
}

struct DatasetTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train trees on a feature table and freeze them.")

  @OptionGroup var arguments: TableArguments
  @OptionGroup var trees: TreeArguments
  @Option(name: .shortAndLong, help: "The model file to write.", completion: .file()) var output: String
  @Option(help: "What the file says of its licence.") var licence: String?
  @Flag(help: "Print a c4.5 tree as text.") var print = false

  func run() throws {
    try reportingFailure {
      let loaded = try arguments.load()
      let recipe = trees.recipe
      let model = try recipe.train(loaded.table)
      var provenance = TreeProvenance()
      provenance.dataSHA256 = loaded.sha256.map { [$0.description] } ?? []
      provenance.rows = loaded.table.rowCount
      provenance.options = recipe.optionTexts
      provenance.toolVersion = Tool.version
      let bytes = TreeModelFile(model, provenance: provenance, licence: licence).bytes
      do {
        try Data(bytes).write(to: URL(filePath: output), options: .atomic)
      } catch {
        throw CommandFailed(description: "cannot write the model file '\(output)': \(error.localizedDescription)")
      }
      say("wrote '\(output)': \(model.summary)")
      if print, case .c45(let tree) = model {
        let target = try OutputTarget(nil)
        try target.write(tree.text)
        try target.sink.flush()
      }
    }
  }
}
