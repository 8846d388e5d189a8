import ArgumentParser
import Engine
import Learning
import Records

extension TreeModel.Architecture: ExpressibleByArgument {}

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Work with feature tables: make, look, convert, train and measure trees.",
    discussion: """
      A feature table is an ARFF or CSV file, compressed or not, whose last column (or the one that --class names) is the \
      class of a flow and whose other columns are features, such as the time-based ones published with ISCX VPN-nonVPN \
      2016. Missing values are '?' or nothing.
      """,
    subcommands: [
      DatasetPrepareCommand.self, DatasetStatsCommand.self, DatasetConvertCommand.self, DatasetEvaluateCommand.self,
      DatasetTrainCommand.self,
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
    say("\(loaded.table.rowCount.counted("row")) of \(loaded.table.features.count.counted("feature")): \(counts)")
    if loaded.unlabelledRows > 0 { say("\(Figure.count(loaded.unlabelledRows, "row")) without a class left out") }
    return loaded
  }
}

/// A feature table to train or test on, which may say which rows belong together.
struct GroupedTableArguments: ParsableArguments {
  @OptionGroup var source: TableArguments
  @Option(help: "The column that says which rows belong together, and is no feature; 'group' where there is one.")
  var group: String?

  /// The table without its column of groups, and the group of each row.
  func loadGrouped() throws -> (loaded: FeatureTableFile.Loaded, groups: [String]?) {
    var loaded = try source.load()
    guard let parts = loaded.table.takingOut(group ?? "group") else {
      guard let group else { return (loaded, nil) }
      throw CommandFailed(
        description: "'\(source.table)' has no column '\(group)' that could say which rows belong together")
    }
    say("the column '\(group ?? "group")' says which rows belong together: it is no feature")
    loaded.table = parts.table
    return (loaded, parts.values)
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
