import ArgumentParser
import Engine
import Foundation

struct CarveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "carve", abstract: "Cut the packets of chosen flows out of the evidence of a case.",
    discussion: """
      The evidence is read where it lies, compressed or in archives, its SHA-256 is held to the one of the scan before \
      anything is written, and the flows are cut as the scan cut them. The capture keeps times, link types and interfaces. \
      Each packet's comment has a number for its flow and the flow's label, as pcapML reads them; the first packet of a flow \
      also names the flow.

        flowcase carve case.db --where "label = 'unknown' AND resp_port = 443" -o unknown.pcapng
        flowcase carve case.db --where "flow_uid = 'F0a1b2c3d4e5f-1a'" -o one.pcapng
        flowcase carve case.db --split flows/

      Exit status 1 when a flow could not be carved; the others are. 2 when no flow is chosen; nothing is written then.
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Option(
    name: .customLong("where"),
    help: "Flows for which this SQL expression over the columns of the view 'flows' holds; without it, all.")
  var condition: String?
  @Option(name: .shortAndLong, help: "The capture to write; - for standard output.", completion: .file()) var output:
    String?
  @Option(help: "A directory for one capture a flow, named by its flow_uid.", completion: .directory) var split: String?
  @Option(
    help: "A file or directory of evidence that is not where it was when it was scanned; it is known by its SHA-256.",
    completion: .file())
  var evidence: [String] = []
  @Option(help: "A file with passwords for archives, one a line; 'infected' is always tried.", completion: .file())
  var passwordFile: String?
  @OptionGroup var overwrite: OverwriteOption
  @Flag(name: .shortAndLong, help: "No summary.") var quiet = false

  func validate() throws {
    if (output == nil) == (split == nil) { throw ValidationError("give either -o FILE or --split DIRECTORY") }
  }

  func run() throws {
    try reportingFailure {
      var options = Carve.Options(
        casePath: casePath, output: split.map { .directory($0) } ?? .capture(output ?? "-"),
        outputs: overwrite.outputs(inputs: [(passwordFile.map { [$0] } ?? [], "the password file")]),
        application: "flowcase \(Tool.version)")
      options.condition = condition
      options.evidence = evidence
      options.passwords = try NamedFile.passwords(passwordFile)
      let outcome = try Carve(options).run()
      for failure in outcome.failures.prefix(20) { say(failure) }
      if outcome.failures.count > 20 { say("and \(outcome.failures.count - 20) more of the kind") }
      if outcome.flows == 0 && outcome.failures.isEmpty {
        say("no flow of the case is chosen; nothing was written")
        throw ExitCode(2)
      }
      if !quiet, outcome.flows > 0 {
        say(
          "carved \(Figure.count(outcome.flows, "flow")), \(Figure.count(outcome.packets, "packet")), into \(split.map { "\(Figure.count(outcome.files, "capture")) in '\($0)'" } ?? "'\(output ?? "")'")"
        )
      }
      if !outcome.failures.isEmpty { throw ExitCode.failure }
    }
  }
}
