package import Learning
import Traffic

/// One training with its test: the unit an experiment is cut into, resumed at, and counted in.
package struct ExperimentCell: Sendable, Hashable, Codable {
  package var scenario = PaperScenario.all
  package var architecture = Architecture.attentionLSTM
  /// N and M of the input contract.
  package var packets = 10, bytes = 1500
  package var scope = InputContract.Scope.all
  package var leaveOut = InputContract.LeaveOut.dns
  package var split = SplitKind.random
  /// The round, from 0, of how many the split has.
  package var fold = 0, folds = 10
  package var epochs = 30
  /// Flows of a batch.
  package var batch = 64

  package init() {}

  /// The paper's way of cutting flows and preparing them, with this cell's sizes.
  package var contract: InputContract {
    var contract = InputContract(packets: packets, bytesPerPacket: bytes)
    if NetworkShape(architecture).treeRecipe != nil { contract.features = .timeAndPackets }
    contract.scope = scope
    contract.leaveOut = leaveOut
    contract.flowPolicy = .splitcap
    return contract
  }

  package func recipe(seed: UInt64) -> TrainingRecipe {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = batch
    options.seed = seed
    return TrainingRecipe(contract: contract, shape: NetworkShape(architecture), options: options)
  }

  /// The same training in any round: what rounds are pooled under.
  package var series: ExperimentCell {
    var series = self
    series.fold = 0
    return series
  }

  /// A few words for a progress line.
  package var summary: String {
    "task \(scenario.rawValue), \(architecture.rawValue), \(packets) x \(bytes) \(scope.rawValue), without \(leaveOut.rawValue), \(split.rawValue) \(fold + 1)/\(folds)"
  }
}

extension InputContract.Scope: Codable {}
extension InputContract.LeaveOut: Codable {}

/// What came of one cell.
package struct CellOutcome: Sendable, Equatable, Codable {
  package var labels: [String]
  /// Test flows by true class (first index) and predicted class (second).
  package var confusion: [[Int]]
  package var trainingFlows: Int
  /// CPU time of the training with its validation.
  package var seconds: Double
  /// Sum over the test flows of each true class of the weight of each packet position; empty without attention.
  package var attention: [[Double]]

  package init(
    labels: [String], confusion: [[Int]], trainingFlows: Int, seconds: Double, attention: [[Double]]
  ) {
    self.labels = labels
    self.confusion = confusion
    self.trainingFlows = trainingFlows
    self.seconds = seconds
    self.attention = attention
  }
}

/// What one batch of training costs, measured with nothing else running in this process.
package struct BatchTiming: Sendable, Equatable, Codable {
  package var architecture: Architecture
  package var flows: Int
  /// Median over the steps.
  package var secondsPerBatch: Double
}
