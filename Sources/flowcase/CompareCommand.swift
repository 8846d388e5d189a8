import ArgumentParser
import CaseStore
import Records
import Reporting

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Show what differs between two cases.",
    discussion: """
      Captures are matched by the digest of their bytes, flows by their flow_uid, wherever the evidence lay. A row says what \
      differs and what each case has. Exit status 0 when nothing differs, 2 when something does.
      """)

  @Argument(help: "The first case.", completion: .file()) var first: String
  @Argument(help: "The second case.", completion: .file()) var second: String
  @OptionGroup var options: OutputOptions
  @Flag(name: .shortAndLong, help: "No summary.") var quiet = false

  func run() throws {
    try reportingFailure {
      var (target, writer) = try options.open(options.plan(cases: [first, second]))
      var hasBegun = false
      let begin = {
        if !hasBegun { try writer.begin(columns: ["kind", "evidence", "flow_uid", "differs", "first", "second"]) }
        hasBegun = true
      }
      var comparison = try CaseComparison(first, second) { difference in
        try begin()
        try writer.row(
          [
            difference.kind, difference.evidence, difference.flow, difference.what, difference.first, difference.second,
          ].map { .text($0) })
      }
      let outcome = try comparison.run()
      if hasBegun || options.format != .table { try begin() }
      if hasBegun { try writer.end(isTruncated: false) }
      try target.finish()
      if !quiet {
        say(
          "\(Figure.count(outcome.differences, "difference")); \(Figure.count(outcome.sameEvidence, "capture")) and \(Figure.count(outcome.sameFlows, "flow")) are the same in both"
        )
      }
      if outcome.differences > 0 { throw ExitCode(2) }
    }
  }
}
