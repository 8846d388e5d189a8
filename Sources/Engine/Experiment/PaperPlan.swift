package import Learning

/// Which trainings the paper's tables and figures need.
package struct PaperPlan: Sendable {
  /// Fewer rounds and epochs, so that all is done within half an hour on two cores.
  package var isQuick: Bool

  package init(isQuick: Bool) { self.isQuick = isQuick }

  /// In the order of the paper's Table 5, then the paper's future work.
  package static let architectures: [Architecture] = [
    .attentionLSTM, .han, .deepPacket, .cnn1D, .c45, .xgboost, .cnnLSTM,
  ]

  /// Every training, each once though several tables may need it. The slowest come first, so that no thread is left with
  /// one at the end.
  package var cells: [ExperimentCell] {
    var cells: [ExperimentCell] = []
    for architecture in Self.architectures.reversed() {
      for scenario in PaperScenario.allCases {
        for split in [SplitKind.random, .grouped] {
          cells += rounds(of: comparison(architecture, scenario, split))
        }
      }
    }
    for scenario in PaperScenario.allCases {
      for variant in Self.preparations { cells += rounds(of: preparation(scenario, variant.leaveOut, variant.scope)) }
    }
    for size in PublishedResults.sizes { cells += rounds(of: sizes(packets: size.packets, bytes: size.bytes)) }
    var seen: Set<ExperimentCell> = []
    return cells.filter { seen.insert($0).inserted }
  }

  /// The columns of Table 3.
  static let preparations: [(leaveOut: InputContract.LeaveOut, scope: InputContract.Scope)] = [
    (.none, .all), (.none, .l7), (.dns, .all), (.dns, .l7), (.infrastructure, .all), (.infrastructure, .l7),
  ]

  /// A training of Table 5: on the flows of applications, for name service and discovery are the same under every label.
  func comparison(_ architecture: Architecture, _ scenario: PaperScenario, _ split: SplitKind) -> ExperimentCell {
    var cell = ExperimentCell()
    (cell.scenario, cell.architecture, cell.split) = (scenario, architecture, split)
    cell.leaveOut = .infrastructure
    if NetworkShape(architecture).treeRecipe != nil { (cell.packets, cell.bytes) = (20, 0) }
    cell.folds = split == .random ? 10 : 5
    cell.epochs = epochs(architecture)
    // Few epochs of large batches are too few steps for a network this deep.
    if isQuick, architecture == .han { cell.batch = 16 }
    return cell
  }

  /// A training of Table 3.
  func preparation(
    _ scenario: PaperScenario, _ leaveOut: InputContract.LeaveOut, _ scope: InputContract.Scope
  ) -> ExperimentCell {
    var cell = ExperimentCell()
    (cell.scenario, cell.leaveOut, cell.scope) = (scenario, leaveOut, scope)
    cell.epochs = isQuick && leaveOut != .infrastructure ? 5 : epochs(.attentionLSTM)
    return cell
  }

  /// A training of Table 4.
  func sizes(packets: Int, bytes: Int) -> ExperimentCell {
    var cell = preparation(.all, .dns, .all)
    (cell.packets, cell.bytes) = (packets, bytes)
    return cell
  }

  private func epochs(_ architecture: Architecture) -> Int {
    guard isQuick else { return 30 }
    switch architecture {
    case .attentionLSTM: return 15
    case .han, .deepPacket: return 6
    case .cnnLSTM: return 40
    default: return 5
    }
  }

  /// The rounds of a series that are run, of those its split has.
  func rounds(of series: ExperimentCell) -> [ExperimentCell] {
    let count = isQuick ? quickRounds(series) : series.folds
    return (0..<count).map { fold in
      var cell = series
      cell.fold = fold
      return cell
    }
  }

  private func quickRounds(_ series: ExperimentCell) -> Int {
    guard series.leaveOut == .infrastructure, series.scope == .all else { return 1 }
    switch series.architecture {
    case .attentionLSTM, .c45, .xgboost: return 5
    case .cnnLSTM: return 2
    case .cnn1D: return 2
    default: return 1
    }
  }
}
