import CaseStore
import Foundation
import Testing

@Suite struct ShippedQueryTests {
  @Test func namesAreUniqueAndTitled() {
    let names = ShippedQuery.all.map(\.name)
    #expect(names.count >= 20)
    #expect(Set(names).count == names.count)
    #expect(ShippedQuery.all.allSatisfy { !$0.title.isEmpty && !$0.sql.isEmpty })
    #expect(ShippedQuery.named("conversation")?.parameters == ["a", "b"])
    #expect(ShippedQuery.named("labels")?.parameters == [])
  }

  @Test(arguments: ShippedQuery.all) func eachRunsOnACase(query: ShippedQuery) throws {
    let scratch = try ScratchCase()
    let writer = try scratch.writer()
    let run = try writer.beginRun(Sample.run)
    try Sample.add("a.pcap", 1, flows: 0..<9, to: writer, run: run, model: try writer.register(model: Sample.model()))
    try writer.finish()
    let values = Dictionary(query.parameters.map { ($0, "10.0.0.1") }, uniquingKeysWith: { first, _ in first })
    var columns: [String] = []
    try scratch.reader().query(query.sql, parameters: values, begin: { columns = $0 }, row: { _ in })
    #expect(!columns.isEmpty)
    for name in query.parameters {
      var fewer = values
      fewer[name] = nil
      #expect(throws: StoreError.self) {
        try scratch.reader().query(query.sql, parameters: fewer, begin: { _ in }, row: { _ in })
      }
    }
  }
}
