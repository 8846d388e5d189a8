import Foundation

/// Why an experiment could not run, as a sentence.
package struct ExperimentError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// What an experiment has done so far: a file of JSON lines that only grows, so that a killed run loses nothing but the
/// trainings under way.
///
/// The first line says what the results depend on. A line that a kill cut short is left out and its training repeated.
package struct ExperimentLedger {
  /// What all cells of one experiment share.
  package struct Head: Sendable, Equatable, Codable {
    package var format = 1
    package var toolVersion: String
    /// SHA-256 of the decompressed captures, sorted, and of the label file's text.
    package var captures: [String], labels: String
    package var seed: UInt64

    package init(toolVersion: String, captures: [String], labels: String, seed: UInt64) {
      self.toolVersion = toolVersion
      self.captures = captures
      self.labels = labels
      self.seed = seed
    }
  }

  private struct Line: Codable {
    var head: Head?
    var cell: ExperimentCell?
    var outcome: CellOutcome?
    var timing: BatchTiming?
  }

  package private(set) var outcomes: [ExperimentCell: CellOutcome] = [:]
  package private(set) var timings: [BatchTiming] = []
  private let file: FileHandle

  /// Whether bytes are those of a ledger: its first line has a head.
  static func isLedger(_ bytes: Data) -> Bool {
    guard let first = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1).first else { return false }
    return (try? JSONDecoder().decode(Line.self, from: first))?.head != nil
  }

  /// Opens the ledger, or begins one. What is no ledger is left as it is.
  ///
  /// - Throws: when the file cannot be written, or holds results of other captures, labels, seed or program.
  package init(path: String, head: Head) throws(ExperimentError) {
    var kept = Data()
    let old = FileManager.default.contents(atPath: path) ?? Data()
    guard old.isEmpty || Self.isLedger(old) else {
      throw ExperimentError("'\(path)' is no file of results of an experiment; choose another directory")
    }
    for text in old.split(separator: UInt8(ascii: "\n")) {
      guard let line = try? JSONDecoder().decode(Line.self, from: text) else { continue }
      if let found = line.head, found != head {
        throw ExperimentError(
          "'\(path)' holds results of other captures, labels, seed or program version; choose another directory")
      }
      if let cell = line.cell, let outcome = line.outcome { outcomes[cell] = outcome }
      if let timing = line.timing { timings.append(timing) }
      kept += text + [UInt8(ascii: "\n")]
    }
    do {
      if kept.isEmpty { kept = try Self.encode(Line(head: head)) }
      try kept.write(to: URL(filePath: path), options: .atomic)
      file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.seekToEnd()
    } catch {
      throw ExperimentError("cannot write '\(path)': \(error.localizedDescription)")
    }
  }

  package mutating func add(_ cell: ExperimentCell, _ outcome: CellOutcome) throws(ExperimentError) {
    try append(Line(cell: cell, outcome: outcome))
    outcomes[cell] = outcome
  }

  package mutating func add(_ timing: BatchTiming) throws(ExperimentError) {
    try append(Line(timing: timing))
    timings.append(timing)
  }

  private func append(_ line: Line) throws(ExperimentError) {
    do {
      try file.write(contentsOf: try Self.encode(line))
    } catch {
      throw ExperimentError("cannot write the results of a training: \(error.localizedDescription)")
    }
  }

  private static func encode(_ line: Line) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(line) + [UInt8(ascii: "\n")]
  }
}
