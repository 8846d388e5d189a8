import CaseStore
import Engine
import Foundation
import Records

/// A directory of evidence and cases for one test, removed at the end.
final class ScratchScan {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// - Parameter name: may name a directory, which is made.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(at: url.appendingPathComponent(name)) }

  /// Runs a program in the directory.
  func run(_ program: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = url
    try process.run()
    process.waitUntilExit()
    struct Failed: Error { var program: String }
    if process.terminationStatus != 0 { throw Failed(program: program) }
  }

  @discardableResult
  func scan(
    _ evidence: String..., into name: String, workers: Int = 2, policy: String? = nil,
    counters: ScanCounters = ScanCounters(), model: Scan.Model? = nil, joins: Bool = true
  ) throws -> Scan.Outcome {
    var options = Scan.Options(
      paths: evidence.map { url.appendingPathComponent($0).path }, casePath: url.appendingPathComponent(name).path,
      workers: workers, model: model,
      run: RunRecord(
        toolVersion: "test", arguments: [], host: "test", environment: [:], startedAt: "2024-05-01T00:00:00Z"))
    if policy == "splitcap" { options.policy = .splitcap }
    options.joinsCaptures = joins
    return try Scan(options, counters: counters).run()
  }

  /// The answer to a question, each row as text with `|` between the values; the directory's own path is left out.
  func ask(_ name: String, _ sql: String) throws -> [String] {
    try CaseReader(path: url.appendingPathComponent(name).path).rows(sql).map { row in
      row.map { value in
        switch value {
        case .null: "NULL"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): value.replacingOccurrences(of: url.path + "/", with: "")
        case .blob(let value): "\(value)"
        }
      }.joined(separator: "|")
    }
  }

  /// Flows in the order in which they ended, in everything but where they lie.
  func flows(_ name: String) throws -> [String] {
    try ask(
      name,
      """
      SELECT start_ns, end_ns, proto, orig_ip, orig_port, resp_ip, resp_port, vlan, tunnel, orig_pkts, resp_pkts,
        orig_bytes, resp_bytes, end_reason, conn_state, history, server_name, community_id
      FROM flows ORDER BY flow_id
      """)
  }

  /// Every row that evidence gave.
  func rows(_ name: String) throws -> [String] {
    try ["evidence_item", "flow", "problem", "host", "label_hour", "attention_sum", "attention_field_sum"].flatMap {
      table in
      try ask(name, "SELECT * FROM \(table)").map { "\(table): \($0)" }
    }
  }
}
