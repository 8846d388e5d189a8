import Foundation

/// The real program, run as a person would run it.
enum Program {
  struct Result {
    var status: Int32
    var output: String
    var talk: String
    /// Whether a signal ended it.
    var wasKilled: Bool
  }

  /// The executable that was built beside the tests.
  static var url: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("flowcase")
  }

  static func run(_ arguments: String...) throws -> Result { try run(arguments) }

  /// - Parameters:
  ///   - killedAfter: seconds after which the program is killed with SIGKILL, if it still runs.
  ///   - directory: where it is started; where the tests were, if not told.
  static func run(_ arguments: [String], killedAfter: Double? = nil, in directory: String? = nil) throws -> Result {
    let process = Process()
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.executableURL = url
    process.arguments = arguments
    let output = Pipe(), talk = Pipe()
    process.standardOutput = output
    process.standardError = talk
    try process.run()
    if let killedAfter {
      Thread.sleep(forTimeInterval: killedAfter)
      kill(process.processIdentifier, SIGKILL)
    }
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    let talkData = talk.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
      talk: String(decoding: talkData, as: UTF8.self), wasKilled: process.terminationReason == .uncaughtSignal)
  }

  /// The repository's own captures.
  static var captures: String { fixtures + "/captures" }

  static var fixtures: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("fixtures").path
  }
}

/// A directory that disappears with the test.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  @discardableResult func write(_ name: String, _ bytes: Data) throws -> String {
    try bytes.write(to: url.appendingPathComponent(name))
    return path(name)
  }

  /// Everything the case says, apart from the runs that made it.
  func rows(_ name: String) throws -> String {
    let tables = [
      "flow", "prediction", "evidence_item", "problem", "capture_note", "label_hour", "host", "attention_sum",
      "attention_field_sum", "model", "model_label",
    ]
    return try tables.map { table in
      let result = try Program.run("query", path(name), "SELECT * FROM \(table)", "--format", "jsonl")
      return "\(table)\n\(result.output)"
    }.joined()
  }

  func value(_ name: String, _ sql: String) throws -> String {
    try Program.run("query", path(name), sql, "--format", "csv").output.split(whereSeparator: \.isNewline).dropFirst()
      .first.map(
        String.init) ?? ""
  }
}
