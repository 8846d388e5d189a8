import Foundation
package import Learning
import Synchronization

/// Runs the cells of an experiment on threads of their own, and keeps what came of each as soon as it is there.
package final class ExperimentRunner: Sendable {
  /// Labelled flows with nothing left out but what is neither TCP nor UDP, under all labels.
  private let flows: Dataset
  private let seed: UInt64
  private let state: Mutex<State>

  private struct State {
    var waiting: ArraySlice<ExperimentCell>
    var ledger: ExperimentLedger
    var failure: (any Error)?
    /// Datasets by what they depend on; made once, used by many cells.
    var datasets: [DatasetKey: Dataset] = [:]
  }

  private struct DatasetKey: Hashable {
    var scenario: PaperScenario
    var leaveOut: InputContract.LeaveOut
  }

  package init(_ flows: Dataset, seed: UInt64, ledger: consuming ExperimentLedger) {
    self.flows = flows
    self.seed = seed
    state = Mutex(State(waiting: [], ledger: ledger))
  }

  /// What is known so far.
  package var outcomes: [ExperimentCell: CellOutcome] { state.withLock { $0.ledger.outcomes } }
  package var timings: [BatchTiming] { state.withLock { $0.ledger.timings } }

  /// Runs the cells that the ledger does not hold.
  ///
  /// - Parameters:
  ///   - threads: trainings at one time. The results do not depend on it.
  ///   - progress: called after each cell with the number of cells still to do.
  package func run(
    _ cells: [ExperimentCell], threads: Int,
    progress: @escaping @Sendable (_ cell: ExperimentCell, _ outcome: CellOutcome, _ left: Int) -> Void
  ) throws {
    let known = outcomes
    let waiting = cells.filter { known[$0] == nil }
    state.withLock { $0.waiting = waiting[...] }
    let group = DispatchGroup()
    for _ in 0..<max(threads, 1) {
      group.enter()
      let worker = Thread {
        while let cell = self.next() { self.finish(cell, progress) }
        group.leave()
      }
      worker.name = "experiment"
      worker.start()
    }
    group.wait()
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  private func next() -> ExperimentCell? {
    state.withLock { $0.failure == nil ? $0.waiting.popFirst() : nil }
  }

  private func finish(_ cell: ExperimentCell, _ progress: (ExperimentCell, CellOutcome, Int) -> Void) {
    do {
      let outcome = try outcome(of: cell)
      let left = try state.withLock { state in
        try state.ledger.add(cell, outcome)
        return state.waiting.count
      }
      progress(cell, outcome, left)
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }

  /// The flows of a cell's task, without what its contract leaves out.
  private func dataset(for cell: ExperimentCell) -> Dataset {
    let key = DatasetKey(scenario: cell.scenario, leaveOut: cell.leaveOut)
    if let known = state.withLock({ $0.datasets[key] }) { return known }
    var dataset = cell.scenario.dataset(of: flows)
    _ = dataset.removeLeftOut(by: cell.contract)
    let made = dataset
    state.withLock { $0.datasets[key] = made }
    return made
  }

  private func outcome(of cell: ExperimentCell) throws -> CellOutcome {
    var dataset = dataset(for: cell)
    let recipe = cell.recipe(seed: seed)
    if cell.split == .grouped { _ = dataset.removeDuplicates(for: recipe.contract) }
    let folds = dataset.split(cell.split, folds: cell.folds, seed: seed).folds
    guard folds.indices.contains(cell.fold) else { throw ExperimentError("there is no round \(cell.fold + 1)") }
    let fold = folds[cell.fold]
    let start = ThreadTime.seconds
    let trained = try Trainer(recipe).train(dataset, training: fold.training, validation: fold.validation)
    let seconds = ThreadTime.seconds - start
    let (evaluation, attention) = FlowClassifier(trained.model).measure(dataset, fold.test)
    return CellOutcome(
      labels: dataset.labels, confusion: evaluation.metrics.confusion, trainingFlows: fold.training.count,
      seconds: seconds, attention: attention)
  }

  /// Times a batch of 64 flows, spread over the dataset, for architectures the ledger has no timing of.
  package func time(_ architectures: [Architecture], steps: Int) throws {
    let known = timings.map(\.architecture)
    for architecture in architectures where !known.contains(architecture) {
      var cell = ExperimentCell()
      cell.architecture = architecture
      cell.leaveOut = .infrastructure
      let dataset = dataset(for: cell)
      let stride = max(dataset.examples.count / 64, 1)
      let batch = Dataset(
        labels: dataset.labels,
        examples: (0..<64).compactMap { $0 * stride < dataset.examples.count ? dataset.examples[$0 * stride] : nil })
      let seconds = try Trainer(cell.recipe(seed: seed)).secondsPerBatch(batch, steps: steps)
      guard !seconds.isEmpty else { continue }
      let timing = BatchTiming(
        architecture: architecture, flows: batch.examples.count, secondsPerBatch: seconds.sorted()[seconds.count / 2])
      try state.withLock { try $0.ledger.add(timing) }
    }
  }
}
