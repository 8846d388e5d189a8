import CaseStore
import Evidence
import Foundation
package import Learning
package import Records
package import Traffic

/// A scan: plan, tasks, merge, in one process.
package struct Scan {
  /// A frozen model, and the digest of its file that names it in the case.
  package struct Model: Sendable {
    package var frozen: FrozenModel
    package var sha256: SHA256Digest
    package init(_ frozen: FrozenModel, sha256: SHA256Digest) {
      self.frozen = frozen
      self.sha256 = sha256
    }
  }

  package struct Options: Sendable {
    package var paths: [String]
    package var casePath: String
    package var workers: Int
    /// `nil` scans without labelling.
    package var model: Model?
    /// Whether where the recording stood may have a part in the model's answer.
    package var usesVantage = false
    /// Overrides the model's flow policy.
    package var policy: FlowPolicy.Name?
    package var filter: String?
    /// Whether captures that are one recording share their flows.
    package var joinsCaptures = true
    package var passwords: [String] = []
    /// MiB of window that compressed data may ask for; `nil` for the default.
    package var windowLimit: Int?
    /// GiB that one file of evidence may be decompressed to in any case; `nil` for the default.
    package var expansionLimit: Int?
    /// Whether what models see of each flow is written into the case.
    package var keepsInputs = false
    package var run: RunRecord

    package init(paths: [String], casePath: String, workers: Int, model: Model?, run: RunRecord) {
      self.paths = paths
      self.casePath = casePath
      self.workers = workers
      self.model = model
      self.run = run
    }
  }

  /// How a scan ended.
  package struct Outcome: Sendable {
    package var summary: ScanSummary
    package var wasInterrupted: Bool
    /// Problems in the case from all of its runs.
    package var problemsInCase: Int
    /// 0 complete, 2 complete with problems in the evidence, 1 not complete.
    package var exitStatus: Int { wasInterrupted ? 1 : problemsInCase > 0 ? 2 : 0 }
  }

  private let options: Options
  private let counters: ScanCounters

  package init(_ options: Options, counters: ScanCounters = ScanCounters()) {
    self.options = options
    self.counters = counters
  }

  /// Files and bytes the scan will go through, known before it begins.
  package struct Extent: Sendable {
    package var files: Int
    package var bytes: Int
  }

  /// Runs the scan to its end on the calling thread, which does the writing.
  ///
  /// - Parameter whenPlanned: told what there is to do, before it is done.
  /// - Throws: `StoreError` when the case cannot be opened or written; what was committed before stays.
  package func run(whenPlanned: (Extent) -> Void = { _ in }) throws -> Outcome {
    let hash: @Sendable ([UInt8]) -> String = { Digest.sha256($0)?.description ?? "" }
    let writer = try CaseWriter(path: options.casePath, hash: hash)
    let plan = EvidenceWalk.plan(
      options.paths.map { EvidencePath($0) }, leavingOut: EvidencePath(options.casePath))
    whenPlanned(Extent(files: plan.count, bytes: plan.reduce(0) { $0 + $1.byteCount }))
    let model = try options.model.map { try writer.register(model: $0.frozen.description.record(sha256: $0.sha256)) }
    let tasks = try makeTasks(plan, known: writer.knownEvidence())
    var record = options.run
    record.settings = options.settings
    let run = try writer.beginRun(record)
    let board = ScanBoard(taskCount: tasks.count, workers: options.workers)
    let classifier = options.model.map { FlowClassifier($0.frozen, usesVantage: options.usesVantage) }
    ScanWorker.start(
      options.workers, board: board, tasks: tasks, classifier: classifier, keepsInputs: options.keepsInputs)
    var merge = CaseMerge(
      writer: writer, run: run, model: model, classifier: classifier, keepsInputs: options.keepsInputs)
    do {
      for index in tasks.indices {
        if counters.isInterrupted { board.stop() }
        try merge.write(tasks[index]) { board.takeEvents(task: index) }
      }
    } catch {
      board.stop()
      throw error
    }
    let wasInterrupted = counters.isInterrupted && (merge.hasLeftOver || !board.wasBegun(task: tasks.count - 1))
    let outcome = Outcome(
      summary: merge.summary, wasInterrupted: wasInterrupted, problemsInCase: try writer.problemCount())
    try writer.finishRun(run, exitStatus: outcome.exitStatus, finishedAt: RunClock.now())
    try writer.finish()
    return outcome
  }

  private func makeTasks(_ plan: [PlannedEvidence], known: [KnownEvidence]) -> [ScanTask] {
    var settings = ScanSettings(options.settings)
    settings.passwords = options.passwords
    let byPath = Dictionary(grouping: known, by: \.path)
    let files = plan.map { planned in
      let units = byPath[planned.path.description] ?? []
      return TaskFile(
        planned,
        known: units.map { KnownUnit(id: $0.id, sha256: $0.containerSHA256, finalPacket: $0.finalPacket) })
    }
    if !settings.joinsCaptures { return files.map { ScanTask(files: [$0], settings: settings, counters: counters) } }
    return SequencePlan.tasks(files, threads: options.workers, limits: settings.evidenceLimits).map {
      ScanTask(files: $0, settings: settings, counters: counters)
    }
  }
}

/// The wall clock, for the times of runs only.
package enum RunClock {
  /// RFC 3339 in UTC with seconds.
  package static func now() -> String {
    let nanoseconds = Int64(Date().timeIntervalSince1970) * 1_000_000_000
    return String(CaptureTime(nanoseconds: nanoseconds).rfc3339.prefix(19)) + "Z"
  }
}
