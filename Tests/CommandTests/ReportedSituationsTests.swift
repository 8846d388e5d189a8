import CaseStore
import Foundation
import Records
import Testing

/// The small captures that were made after public reports about analyzers, each with one question and its right answer. They lie
/// beside the corpus, in `reports`.
@Suite struct ReportedSituationsTests {
  private struct Situation {
    var id: String, input: String, options: [String], sql: String, right: String, why: String

    init?(_ line: Substring) {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard cells.count == 6 else { return nil }
      (id, input, sql, right, why) = (cells[0], cells[1], cells[3], cells[4], cells[5])
      options = cells[2].split(separator: " ").map(String.init)
    }
  }

  @Test func `every question about them is answered right`() throws {
    guard let corpus = ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"] else {
      print("skipped: FLOWCASE_CORPUS is not set")
      return
    }
    let folder = URL(fileURLWithPath: corpus).deletingLastPathComponent().appendingPathComponent("reports")
    guard let table = try? String(contentsOf: folder.appendingPathComponent("cases.tsv"), encoding: .utf8) else {
      print("skipped: there are no reports beside FLOWCASE_CORPUS")
      return
    }
    let situations = table.split(separator: "\n").dropFirst().map { Situation($0) }
    #expect(!situations.isEmpty && !situations.contains { $0 == nil })
    for situation in situations.compactMap({ $0 }) {
      let scratch = try Scratch()
      let input = folder.appendingPathComponent("inputs").appendingPathComponent(situation.input).path
      _ = try Program.run(["scan", input, "--case", scratch.path("c.db"), "-q"] + situation.options)
      let rows = try CaseReader(path: scratch.path("c.db")).rows(situation.sql, [])
      let answer = rows.joined().map(\.description).joined(separator: "|")
      #expect(answer == situation.right, "\(situation.id) \(situation.input): \(situation.why)")
    }
  }
}

extension SQLValue {
  fileprivate var description: String {
    switch self {
    case .null: ""
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let text): text
    case .blob(let bytes): "\(bytes.count) bytes"
    }
  }
}
