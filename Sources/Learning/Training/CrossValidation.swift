import Foundation
import Synchronization

/// Flows whose answers say how sure a model may be.
package enum CalibrationSource: String, Sendable, CaseIterable {
  /// Flows of captures left out of training.
  case captures
  /// Validation flows of the training captures.
  case flows
}

/// Training and testing in rounds, each on its own thread.
package enum CrossValidation {
  /// What came of one round.
  package struct Round: Sendable {
    /// Number of the round in the split, from 0.
    package var fold: Int
    package var evaluation: Evaluation
    package var reports: [EpochReport]
    package var calibration: Calibration?
    /// What reads the answers of the round.
    package var rule: DecisionRule
    /// What the round's model answered on its test flows.
    package var answers: LabelledAnswers
  }

  /// What came of all rounds.
  package struct Result: Sendable {
    package var split: Split
    /// In order of fold.
    package var rounds: [Round]
    /// All test flows of all rounds counted together.
    package var pooled: Evaluation
    /// Fitted on the answers of all rounds: what a model trained on all flows is to be frozen with. Only of a grouped
    /// split calibrated on captures; `nil` when no flow was tested.
    package var calibration: Calibration?

    /// Mean over the rounds.
    package func mean(_ value: (Evaluation) -> Double) -> Double {
      rounds.isEmpty ? 0 : rounds.reduce(0) { $0 + value($1.evaluation) } / Double(rounds.count)
    }
  }

  /// Runs the rounds of a split.
  ///
  /// - Parameters:
  ///   - folds: how many of the split's rounds to run, from the first; `nil` for all.
  ///   - threads: rounds at one time. The result does not depend on it.
  ///   - calibration: of a grouped split; flows dealt by chance are always their own measure.
  ///   - errorRate: share of labelled flows that may be wrong at a threshold.
  ///   - progress: called after each epoch of each round, on the thread of that round.
  package static func run(
    _ dataset: Dataset, _ recipe: TrainingRecipe, split: Split, folds: Int? = nil, threads: Int = 1,
    calibration: CalibrationSource = .captures, errorRate: Double = 0.05,
    progress: @escaping @Sendable (_ fold: Int, _ report: EpochReport) -> Void = { _, _ in }
  ) throws(TrainingError) -> Result {
    let state = State()
    var prepared = Trainer(recipe)
    prepared.errorRate = errorRate
    let trainer = prepared
    let count = min(folds ?? split.folds.count, split.folds.count)
    let group = DispatchGroup()
    for _ in 0..<min(max(threads, 1), max(count, 1)) {
      group.enter()
      let worker = Thread {
        while let fold = state.next(below: count) {
          state.finish(fold, round(dataset, trainer, split.folds[fold], fold, progress))
        }
        group.leave()
      }
      worker.name = "cross-validation"
      worker.start()
    }
    group.wait()
    let tree = recipe.untrained(labels: dataset.labels).tree
    var pooled = Evaluation(tree)
    var rounds: [Round] = []
    for outcome in state.outcomes {
      let round = try outcome.get()
      pooled.add(round.evaluation)
      rounds.append(round)
    }
    var result = Result(split: split, rounds: rounds, pooled: pooled, calibration: nil)
    if split.kind != .random, calibration == .captures {
      result.calibrateAcrossRounds(recipe.loss, tree, errorRate)
    }
    return result
  }

  private typealias Outcome = Swift.Result<Round, TrainingError>

  private static func round(
    _ dataset: Dataset, _ trainer: Trainer, _ fold: Fold, _ number: Int,
    _ progress: (Int, EpochReport) -> Void
  ) -> Outcome {
    Outcome { () throws(TrainingError) -> Round in
      let trained = try trainer.train(dataset, training: fold.training, validation: fold.validation) {
        progress(number, $0)
      }
      let classifier = FlowClassifier(trained.model)
      var scratch = InferenceScratch(for: classifier)
      let answers = LabelledAnswers(
        classifier.answers(on: fold.test.map { dataset.examples[$0].flow }, scratch: &scratch), dataset, fold.test)
      let rule = trained.model.description.decisionRule
      return Round(
        fold: number, evaluation: Evaluation(answers, rule), reports: trained.reports,
        calibration: trained.calibration, rule: rule, answers: answers)
    }
  }

  /// What the threads share.
  private final class State: Sendable {
    private let started = Atomic<Int>(0)
    private let finished = Mutex<[Int: Outcome]>([:])

    /// The next round to run; `nil` when all are taken.
    func next(below count: Int) -> Int? {
      let fold = started.add(1, ordering: .relaxed).oldValue
      return fold < count ? fold : nil
    }

    func finish(_ fold: Int, _ outcome: Outcome) { finished.withLock { $0[fold] = outcome } }

    /// In order of fold.
    var outcomes: [Outcome] { finished.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }
  }
}
