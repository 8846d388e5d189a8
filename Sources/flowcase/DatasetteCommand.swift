import ArgumentParser
import CaseStore
import Engine
import Reporting

struct DatasetteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasette", abstract: "Write the metadata with which Datasette shows a case.",
    discussion: """
      Titles, a description of every column, facets, and the shipped questions as canned queries. The one for a case named \
      'case.db' is shipped as datasette.json.

        flowcase datasette case.db -o metadata.json
        datasette -i case.db -m metadata.json --setting suggest_facets off
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file()) var output:
    String?
  @OptionGroup var overwrite: OverwriteOption

  func run() throws {
    try reportingFailure {
      _ = try CaseReader(path: casePath)
      let planned = try overwrite.outputs(cases: [casePath]).plan(output, .datasetteMetadata)
      let target = try OutputTarget(planned)
      try target.write(DatasetteMetadata(casePath: casePath).json)
      try target.finish()
    }
  }
}
