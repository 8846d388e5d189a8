import ArgumentParser
import CaseStore
import Engine
import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a case as one self-contained HTML page.",
    discussion: """
      The page needs no network and no script, prints, and follows the reader's light or dark scheme. It holds a summary, \
      labels, timeline, hosts, attention, confidence, the evidence with digests and ledgers, problems, the models with their \
      error rates, and how to do it again.

        flowcase report case.db -o report.html
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Option(name: .shortAndLong, help: "The page to write; standard output by default.", completion: .file()) var output:
    String?
  @OptionGroup var overwrite: OverwriteOption

  func run() throws {
    try reportingFailure {
      let reader = try CaseReader(path: casePath)
      let planned = try overwrite.outputs(cases: [casePath]).plan(output, .page(title: CaseReport.title))
      var report = CaseReport(reader, casePath: casePath, toolVersion: Tool.version)
      let html = try report.html()
      let target = try OutputTarget(planned)
      try target.write(html)
      try target.finish()
    }
  }
}
