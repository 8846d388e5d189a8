import ArgumentParser
import Glibc

/// The command line. Each command is a file of its own: it parses, calls, prints.
@main struct Flowcase: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flowcase",
    abstract: "Turns directories of packet captures into a database of labelled flows.",
    discussion: """
      Flowcase reads capture archives without unpacking them, cuts them into bidirectional flows, labels every flow with \
      a frozen model, and writes what it found, where, and what it could not read into one SQLite case database.

      Exit status: 0 complete, 2 complete with problems in the evidence (see the view 'problems'), 1 failed, 64 usage.
      """,
    version: Tool.version,
    subcommands: [
      ScanCommand.self, QueryCommand.self, ExportCommand.self, ReportCommand.self, CarveCommand.self,
      VerifyCommand.self, ReclassifyCommand.self, MergeCommand.self, CompareCommand.self,
      DatasetteCommand.self, UpgradeCommand.self,
      TrainCommand.self, EvaluateCommand.self, AdaptCommand.self,
      DatasetCommand.self, ExperimentCommand.self, ModelCommand.self, BenchCommand.self,
    ])

  static func main() {
    // A reader that has seen enough (`| head`) is a normal ending, told by the failing write.
    signal(SIGPIPE, SIG_IGN)
    main(nil)
  }
}

/// The program itself, as runs and models record it.
enum Tool {
  static let version = "0.1.0"
}
