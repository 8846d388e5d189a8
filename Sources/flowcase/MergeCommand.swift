import ArgumentParser
import CaseStore
import Engine
import Foundation

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Put cases together in a new one.",
    discussion: """
      The same evidence, known by its digest, is taken once, from the first case that has it; where a later case had other \
      flows or labels for it, that is named. Runs, models, problems and the audit chains of all cases are kept. Exit status 2 \
      when anything was named. The new case takes the place of no file.

        flowcase merge monday.db tuesday.db -o week.db
      """)

  @Argument(help: "The cases, in the order in which they are taken.", completion: .file()) var casePaths: [String]
  @Option(name: .shortAndLong, help: "The case to make.", completion: .file()) var output: String
  @Flag(name: .shortAndLong, help: "No summary.") var quiet = false

  func validate() throws {
    if casePaths.count < 2 { throw ValidationError("give two cases or more to put together") }
  }

  func run() throws {
    try reportingFailure {
      var outputs = OutputGuard()
      for path in casePaths { outputs.protect(case: path) }
      // What was merged so far would look like the whole.
      let unfinished = try UnfinishedName(outputs.plan(output, .mergedCase))
      let merger = try CaseMerger(path: unfinished.path, hash: CaseHash.sha256)
      do {
        for path in casePaths { try merger.add(path) }
      } catch {
        _ = try? merger.finish()
        throw error
      }
      let outcome = try merger.finish()
      try unfinished.commit()
      for conflict in outcome.conflicts.prefix(20) { say(conflict) }
      if outcome.conflicts.count > 20 { say("and \(outcome.conflicts.count - 20) more of the kind") }
      if !quiet {
        say(
          "put \(Figure.count(outcome.units, "unit")) of evidence and \(Figure.count(outcome.flows, "flow")) of \(casePaths.count) cases into '\(output)'\(outcome.known > 0 ? "; \(outcome.known) \(outcome.known == 1 ? "was" : "were") there already" : "")"
        )
      }
      if !outcome.conflicts.isEmpty { throw ExitCode(2) }
    }
  }
}
