import CaseStore
import Foundation
import Testing

/// `schemas/case.md` explains every column of every table and view, and nothing that is not there.
@Suite struct DocumentationTests {
  private func documented() throws -> [String: [String]] {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("schemas/case.md")
    var columns: [String: [String]] = [:]
    var current: String?
    for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") {
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
}
