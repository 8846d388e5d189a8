import CaseStore
import Foundation
import Records
import Reporting
import Testing

@Suite struct ExportSubjectTests {
  @Test(arguments: ExportSubject.allCases)
  func everySubjectAnswersFromACase(subject: ExportSubject) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-\(UUID().uuidString).db").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try CaseWriter(path: path, hash: { _ in String(repeating: "0", count: 64) }).finish()
    var bytes: [UInt8] = []
    let sink = TextSink { bytes += $0 }
    var writer = OutputFormat.csv.writer(to: sink)
    try CaseReader(path: path).query(subject.sql()) {
      try writer.begin(columns: $0)
    } row: {
      try writer.row($0)
    }
    try writer.end(isTruncated: false)
    #expect(bytes.count > 10)
    #expect(subject.sql().contains("ORDER BY"))
  }
}
