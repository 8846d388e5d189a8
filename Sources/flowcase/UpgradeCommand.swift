import ArgumentParser
import CaseStore
import Engine

struct UpgradeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade", abstract: "Bring a case of an older version up to this one.",
    discussion: """
      The file is changed, all or nothing, and the audit chain says so: keep a copy if the old one must stay as it is. Flows \
      and labels stay as they are. What the older version did not keep is empty.
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String

  func run() throws {
    try reportingFailure {
      let (from, to) = try CaseUpgrade.run(path: casePath, hash: CaseHash.sha256)
      say(
        from == to
          ? "the case '\(casePath)' has version \(to) already"
          : "the case '\(casePath)' went from version \(from) to \(to)")
    }
  }
}
