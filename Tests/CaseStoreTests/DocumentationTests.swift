import CaseStore
import Foundation
import Records
import Testing

/// `schemas/case.md` explains every column of every table and view, and nothing that is not there.
@Suite struct DocumentationTests {
  static func page() throws -> String {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("schemas/case.md")
    return try String(contentsOf: file, encoding: .utf8)
  }

  private func documented() throws -> [String: [String]] {
    var columns: [String: [String]] = [:]
    var current: String?
    for line in try Self.page().split(separator: "\n") {
      if line.hasPrefix("#") { current = nil }
      if line.hasPrefix("### `"), let name = line.split(separator: "`").dropFirst().first {
        current = String(name)
        columns[String(name)] = []
      }
      if let current, line.hasPrefix("| `"), let name = line.split(separator: "`").dropFirst().first {
        columns[current]?.append(String(name))
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        #expect(cells.count == 4 && cells.allSatisfy { !$0.allSatisfy(\.isWhitespace) }, "\(current): \(line)")
      }
    }
    return columns
  }

  @Test func everyColumnIsExplainedInOrder() throws {
    let scratch = try ScratchCase()
    try scratch.writer().finish()
    let documented = try documented()
    let present = try scratch.ask("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")
    #expect(documented.keys.sorted() == present)
    for name in present {
      let columns = try scratch.ask("SELECT name FROM pragma_table_info('\(name)') ORDER BY cid")
      #expect(documented[name] == columns, "\(name)")
    }
  }

  /// The words that `end_reason` may hold, in the view where people meet it.
  @Test func everyEndReasonIsListedAndNoOther() throws {
    let row = try #require(try Self.page().split(separator: "\n").first { $0.hasPrefix("| `end_reason`") })
    let words = row.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    #expect(Set(words.dropFirst()) == Set(EndReason.allCases.map(\.rawValue)))
  }
}
