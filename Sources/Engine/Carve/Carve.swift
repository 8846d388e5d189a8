import CaseStore
import Evidence
import Foundation
import Records
import Traffic

/// Cuts the packets of chosen flows out of the evidence of a case.
///
/// Each unit of evidence is read twice: first the flows are cut as the scan cut them, which tells the packets of each, and the
/// evidence is hashed; only if the digest is that of the scan are the packets written, in the order in which they were captured.
package struct Carve {
  package struct Options {
    package var casePath: String
    /// An SQL expression over the columns of the view `flows`; `nil` for every flow.
    package var condition: String?
    /// Where to write: one capture, or a directory for one capture a flow.
    package enum Output {
      case capture(String)
      case directory(String)
    }

    package var output: Output
    /// What the capture may take the place of. The case and `evidence` are kept from it in any case.
    package var outputs: OutputGuard
    /// Where evidence lies that is not where it was; it is known by its digest.
    package var evidence: [String] = []
    package var passwords: [String] = []
    /// What the captures say wrote them.
    package var application: String

    package init(casePath: String, output: Output, outputs: OutputGuard = OutputGuard(), application: String) {
      (self.casePath, self.output, self.outputs, self.application) = (casePath, output, outputs, application)
    }
  }

  package struct Outcome: Sendable, Equatable {
    package var flows = 0, packets = 0, files = 0
    /// What could not be carved, and why, in sentences.
    package var failures: [String] = []
  }

  /// Why a unit was not carved.
  private struct Refusal: Error { var message: String }

  private let options: Options
  private let finder: EvidenceFinder
  private let places: EvidencePlaces
  private let reader: CaseReader

  /// - Throws: `StoreError` when the case cannot be opened.
  package init(_ options: Options) throws {
    self.options = options
    finder = EvidenceFinder(options.evidence)
    reader = try CaseReader(path: options.casePath)
    places = try EvidencePlaces(reader, casePath: options.casePath)
  }

  /// - Throws: what ends the whole: `StoreError`, or `OutputError` when the output may not or cannot be written. An older
  ///   output stays unless the new one is whole.
  package func run() throws -> Outcome {
    var outputs = options.outputs
    outputs.protect(case: options.casePath)
    outputs.protect(options.evidence, as: "evidence")
    let open: (_ units: [CarveUnit]) throws -> CarveOutput
    switch options.output {
    case .capture(let path):
      let planned = try outputs.plan(path, .carvedCapture)
      open = { _ in try CarveOutput(file: planned, application: options.application) }
    case .directory(let path):
      let directory = try OutputDirectory(path, outputs)
      open = { units in
        for flow in units.flatMap(\.flows) { try directory.check(CarveOutput.name(of: flow), .carvedCapture) }
        return try CarveOutput(directory: directory, application: options.application)
      }
    }
    let units = try CarvePlan(reader).units(where: options.condition)
    var outcome = Outcome()
    guard !units.isEmpty else { return outcome }
    let output = try open(units)
    do {
      for unit in units {
        do {
          try carve(unit, to: output, &outcome)
        } catch let refusal as Refusal {
          outcome.failures.append(refusal.message)
        }
      }
      if outcome.flows > 0 { try output.finish() } else { output.abandon() }
    } catch {
      output.abandon()
      throw error
    }
    outcome.files = output.fileCount
    return outcome
  }

  private func carve(_ unit: CarveUnit, to output: CarveOutput, _ outcome: inout Outcome) throws {
    guard let first = unit.files.first else {
      throw Refusal(message: "evidence of \(unit.flows.count.counted("flow")) is not in the case: verify the case")
    }
    let files = try unit.files.map { try locate($0, unit) }
    var settings = ScanSettings(unit.settings)
    settings.passwords = options.passwords
    settings.plan.numbersOf = Set(unit.flows.map(\.ends))
    let sink = CarveSink(unit)
    let planned = files.map { TaskFile(PlannedEvidence(path: $0, byteCount: 1, problem: nil)) }
    let tasks = SequencePlan.tasks(planned, threads: 1, limits: settings.evidenceLimits)
    guard tasks.count == 1, let task = tasks.first else {
      throw Refusal(
        message:
          "the captures from '\(first.path)' on were read as one recording, and are not recognised as one where they lie now; nothing was carved from them: put them back under their names"
      )
    }
    ScanTask(files: task, settings: settings, counters: ScanCounters()).run(sink)
    try check(sink.digests, unit)
    for index in sink.missing {
      let flow = unit.flows[index]
      outcome.failures.append(
        "the flow \(flow.uid) was not found in '\(unit.path(of: flow.evidence))' as the case has it, though the evidence is unchanged; it was left out: was it scanned together with evidence that is not in this case, or under other settings?"
      )
    }
    let selection = sink.selection
    guard !selection.isEmpty else { return }
    var reading = CarveReading(unit: unit, selection: selection, output: output)
    for (index, planned) in task.enumerated() {
      let digest = try reading.read(planned.planned.path, limits: settings.evidenceLimits, passwords: options.passwords)
      if let expected = unit.files[index].sha256, digest != expected {
        throw CarveOutput.Failure(
          description: "'\(unit.files[index].path)' changed while it was read; what was carved was taken away again")
      }
    }
    try output.endUnit()
    outcome.flows += sink.found
    outcome.packets += reading.packets
    if reading.unwritable > 0 {
      outcome.failures.append(
        "\(reading.unwritable.counted("packet")) of '\(first.path)' left out: of a link type without a number in pcapng"
      )
    }
  }

  private func check(_ digests: [String?], _ unit: CarveUnit) throws {
    for (file, digest) in zip(unit.files, digests) where digest != file.sha256 {
      throw Refusal(
        message:
          "'\(file.path)' is not the file that was scanned: its SHA-256 was \(file.sha256 ?? "not to be had") and is \(digest ?? "not to be had"); nothing was carved from it"
      )
    }
  }

  /// Where a file of evidence lies now.
  private func locate(_ file: CarveUnit.File, _ unit: CarveUnit) throws -> EvidencePath {
    if let sha256 = file.sha256, let found = finder.file(sha256: sha256, size: file.size) { return found }
    guard let place = places.file(EvidencePath(described: file.path), size: file.size) else {
      throw Refusal(
        message:
          "'\(file.path)' is not there, and \(unit.flows.count.counted("flow")) of it left out: say with --evidence where it lies now"
      )
    }
    return place
  }
}
