import ArgumentParser
import CaseStore
import Engine
import Foundation
import Records
import Reporting

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that a case, and evidence, are unchanged since the scan.",
    discussion: """
      Checks the database, the audit chain, the ledgers, the sums, the models and every flow against the digests made when \
      they were written; with evidence, its SHA-256 against the one of the scan; with --model, a model file against the \
      case. Exit status 0 when all is as it was, else 1, and the first thing that is wrong is named.

      It says "unchanged since the scan", and no more: what happened to evidence before the scan is not known to it. Whoever \
      can write the case can also write a new audit chain: note the chain's head elsewhere, and compare it.
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Argument(help: "Files of evidence, or directories of them.", completion: .file()) var evidence: [String] = []
  @Option(help: "A model file that the case should have been made with.", completion: .file()) var model: String?

  func run() throws {
    try reportingFailure {
      var findings = try CaseVerifier(path: casePath, hash: CaseHash.sha256).findings()
      if let model { findings.append(try modelFinding(model)) }
      if !evidence.isEmpty {
        findings += try EvidenceVerification(casePath: casePath).findings(evidence)
      }
      let target = try OutputTarget()
      for finding in findings {
        let mark = finding.isSound ? "ok   " : "WRONG"
        try target.write(
          VisibleText.escaped(
            "\(mark)  \(finding.subject.padding(toLength: 12, withPad: " ", startingAt: 0)) \(finding.message)")
            + "\n")
      }
      try target.finish()
      if let wrong = findings.first(where: { !$0.isSound }) {
        throw CommandFailed(description: "'\(casePath)' is not as it was: \(wrong.subject) \(wrong.message)")
      }
    }
  }

  private func modelFinding(_ path: String) throws -> CaseVerifier.Finding {
    let sha256 = try ModelLoader.load(path).sha256.description
    let known = try CaseReader(path: casePath).rows("SELECT model_id FROM model WHERE sha256 = ?", [.text(sha256)])
    return CaseVerifier.Finding(
      subject: "model file", isSound: !known.isEmpty,
      message: known.isEmpty
        ? "'\(path)' (\(sha256)) is none of the case's models"
        : "'\(path)' is the one the case was made with (\(sha256))")
  }
}
