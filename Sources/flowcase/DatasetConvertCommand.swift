import ArgumentParser
import Engine
import Learning
import Reporting

struct DatasetConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a feature table as CSV or ARFF, the class in the last column.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, arff }

  @OptionGroup var arguments: TableArguments
  @Option(help: "csv or arff.") var format: Format = .csv
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file())
  var output: String?
  @OptionGroup var overwrite: OverwriteOption
  @Flag(help: "Leave out rows that repeat the features of an earlier row.") var unique = false

  func run() throws {
    try reportingFailure {
      let planned = try overwrite.outputs(inputs: [([arguments.table], "the table")]).plan(
        output, .unmarked("an earlier table"))
      var table = try arguments.load().table
      if unique { table = table.withoutRepeats() }
      try table.write(format, className: arguments.className ?? "class", to: OutputTarget(planned))
    }
  }
}

extension FeatureTable {
  /// Writes the table to its end.
  func write(_ format: DatasetConvertCommand.Format, className: String = "class", to target: OutputTarget) throws {
    switch format {
    case .csv:
      try writeCSV(className: className, lineEnd: target.isRegularFile ? "\r\n" : "\n") { try target.write($0) }
    case .arff: try writeARFF(className: className) { try target.write($0) }
    }
    try target.finish()
  }
}
