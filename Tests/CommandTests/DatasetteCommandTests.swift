import Foundation
import Testing

@Suite struct DatasetteCommandTests {
  private static var shipped: String {
    URL(fileURLWithPath: Program.fixtures).deletingLastPathComponent().appendingPathComponent("schemas/datasette.json")
      .path
  }

  private func metadata(_ name: String, _ scratch: Scratch) throws -> String {
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path(name))
    let result = try Program.run("datasette", scratch.path(name))
    #expect(result.status == 0)
    return result.output
  }

  @Test func theShippedFileIsTheOneForCaseDB() throws {
    let scratch = try Scratch()
    #expect(try metadata("case.db", scratch) == String(contentsOfFile: Self.shipped, encoding: .utf8))
  }

  @Test func everyTableIsDescribedAndEveryNameIsThere() throws {
    let scratch = try Scratch()
    let text = try metadata("my evidence.db", scratch)
    let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let database = try #require((json["databases"] as? [String: Any])?["my evidence"] as? [String: Any])
    let tables = try #require(database["tables"] as? [String: [String: Any]])
    let present = try Program.run(
      "query", scratch.path("my evidence.db"), "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')",
      "--format",
      "csv"
    ).output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    #expect(Set(tables.keys) == Set(present))
    for (name, table) in tables {
      #expect((table["description"] as? String)?.isEmpty == false, "\(name)")
      let columns = try Program.run(
        "query", scratch.path("my evidence.db"), "SELECT name FROM pragma_table_info('\(name)')", "--format", "csv"
      ).output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
      #expect(Set((table["columns"] as? [String: String] ?? [:]).keys) == Set(columns), "\(name)")
      let named =
        (table["facets"] as? [String] ?? []) + [table["sort"], table["sort_desc"]].compactMap { $0 as? String }
      #expect(named.allSatisfy(columns.contains), "\(name)")
    }
  }

  /// The real Datasette: `pip install datasette`, found by its path in FLOWCASE_DATASETTE or on the search path.
  @Test func datasetteShowsTheCase() throws {
    let environment = ProcessInfo.processInfo.environment
    let places = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/datasette" }
    guard
      let datasette = ([environment["FLOWCASE_DATASETTE"]].compactMap { $0 } + places).first(where: {
        FileManager.default.isExecutableFile(atPath: $0)
      })
    else {
      print("skipped: there is no datasette; set FLOWCASE_DATASETTE")
      return
    }
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("case.db"))
    func get(_ path: String) throws -> (status: Int32, text: String) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: datasette)
      process.arguments = [
        "--get", path, "-i", scratch.path("case.db"), "-m", Self.shipped, "--setting", "suggest_facets", "off",
      ]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
    let flows = try get("/case/flows")
    #expect(flows.status == 0 && flows.text.contains("Flows"))
    #expect(flows.text.contains("One row for each flow, with its label."))
    #expect(flows.text.contains("address of the originator"))
    let labels = try get("/case/label_summary.json?_shape=array")
    #expect(labels.status == 0)
    let rows = try JSONSerialization.jsonObject(with: Data(labels.text.utf8)) as? [[String: Any]]
    #expect(try String(rows?.count ?? 0) == scratch.value("case.db", "SELECT count(*) FROM label_summary"))
    let facets = try get("/case/flows.json?_size=1&_facet=label")
    #expect(facets.text.contains("facet_results") && facets.text.contains("\"dns\""))
    for path in [
      "/case", "/case/evidence", "/case/longest_flows", "/case/longest", "/case/labels-of-host?ip=192.0.2.1",
    ] {
      #expect(try get(path).status == 0, "\(path)")
    }
    #expect(try get("/case/labels-of-host.json?ip=192.0.2.1&_shape=array").text.contains("\"dns\""))
    // Reading has changed nothing and left nothing beside the case.
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path(".")) == ["case.db"])
  }
}
