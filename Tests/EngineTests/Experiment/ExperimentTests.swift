import Engine
import Foundation
import Learning
import Synchronization
import Testing

@Suite struct ExperimentTests {
  private let head = ExperimentLedger.Head(toolVersion: "test", captures: ["a"], labels: "b", seed: 1)

  /// Small trainings of every kind that an experiment has.
  private var cells: [ExperimentCell] {
    var cells: [ExperimentCell] = []
    for scenario in PaperScenario.allCases {
      for split in [SplitKind.random, .grouped] {
        for fold in 0..<2 {
          var cell = ExperimentCell()
          (cell.scenario, cell.split, cell.fold, cell.folds) = (scenario, split, fold, 3)
          (cell.packets, cell.bytes, cell.epochs) = (2, 16, 2)
          cells.append(cell)
        }
      }
    }
    return cells
  }

  private func scratch() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("experiment-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  /// Outcomes without what differs from run to run.
  private func timeless(_ outcomes: [ExperimentCell: CellOutcome]) -> [ExperimentCell: CellOutcome] {
    outcomes.mapValues { outcome in
      var outcome = outcome
      outcome.seconds = 0
      return outcome
    }
  }

  @Test func tasksHaveTheirClassesAndFlows() {
    let whole = Dataset.synthetic(flowsPerClass: 12)
    #expect(PaperScenario.encapsulation.dataset(of: whole).labels == ["NonVPN", "VPN"])
    #expect(PaperScenario.encapsulation.dataset(of: whole).counts == [24, 24])
    #expect(PaperScenario.regular.dataset(of: whole).labels == ["Chat", "File"])
    #expect(PaperScenario.encapsulated.dataset(of: whole).labels == ["Vpn_Chat", "Vpn_File"])
    #expect(PaperScenario.encapsulated.dataset(of: whole).counts == [12, 12])
    #expect(PaperScenario.all.dataset(of: whole).counts == [12, 12, 12, 12])
    #expect(PaperScenario.isVPN("VPN-Email") && !PaperScenario.isVPN("Vpnish") && !PaperScenario.isVPN(""))
  }

  @Test func resultsDependNeitherOnThreadsNorOnBeingCutShort() throws {
    let directory = try scratch()
    defer { try? FileManager.default.removeItem(at: directory) }
    let flows = Dataset.synthetic(), cells = cells
    let whole = ExperimentRunner(
      flows, seed: 1, ledger: try ExperimentLedger(path: directory.path + "/whole", head: head))
    try whole.run(cells, threads: 2) { _, _, _ in }
    #expect(whole.outcomes.count == cells.count)

    let path = directory.path + "/cut"
    let first = ExperimentRunner(flows, seed: 1, ledger: try ExperimentLedger(path: path, head: head))
    try first.run(Array(cells.prefix(5)), threads: 1) { _, _, _ in }
    // A kill in the middle of a line.
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.dropLast(40).write(to: URL(filePath: path))
    let second = ExperimentRunner(flows, seed: 1, ledger: try ExperimentLedger(path: path, head: head))
    #expect(second.outcomes.count == 4)
    let repeated = Mutex(0)
    try second.run(cells, threads: 1) { _, _, _ in repeated.withLock { $0 += 1 } }
    #expect(repeated.withLock { $0 } == cells.count - 4)
    #expect(timeless(second.outcomes) == timeless(whole.outcomes))
    #expect(timeless(try ExperimentLedger(path: path, head: head).outcomes) == timeless(whole.outcomes))
  }

  @Test func outcomesCountTheTestFlowsAndTheirAttention() throws {
    let directory = try scratch()
    defer { try? FileManager.default.removeItem(at: directory) }
    let runner = ExperimentRunner(
      .synthetic(), seed: 1, ledger: try ExperimentLedger(path: directory.path + "/r", head: head))
    try runner.run(Array(cells.suffix(4).prefix(1)), threads: 1) { _, _, _ in }
    let outcome = try #require(runner.outcomes.values.first)
    // 27 of the 30 flows a class are not DNS, and a third of them is tested.
    let flows = outcome.confusion.joined().reduce(0, +)
    #expect(flows == 36)
    #expect(outcome.attention.count == 4)
    #expect(abs(outcome.attention.joined().reduce(0, +) - Double(flows)) < 1e-3)
    #expect(outcome.seconds > 0 && outcome.trainingFlows == 36)
  }

  @Test func resultsOfOtherDataAreNotMixed() throws {
    let directory = try scratch()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.path + "/r"
    _ = try ExperimentLedger(path: path, head: head)
    var other = head
    other.captures = ["c"]
    #expect(throws: ExperimentError.self) { _ = try ExperimentLedger(path: path, head: other) }
    _ = try ExperimentLedger(path: path, head: head)
  }

  @Test func aPlanTrainsEverythingOnce() {
    for isQuick in [true, false] {
      let cells = PaperPlan(isQuick: isQuick).cells
      #expect(Set(cells).count == cells.count)
      for architecture in PaperPlan.architectures {
        for scenario in PaperScenario.allCases {
          for split in [SplitKind.random, .grouped] {
            #expect(
              cells.contains { $0.architecture == architecture && $0.scenario == scenario && $0.split == split })
          }
        }
      }
      for cell in cells { #expect(cell.recipe(seed: 1).shape.fault(on: cell.contract) == nil) }
    }
  }

  @Test func tablesHoldWhatWasMeasuredBesideThePapers() throws {
    let flows = Dataset.synthetic()
    let plan = PaperPlan(isQuick: true)
    let outcome = CellOutcome(
      labels: flows.labels, confusion: [[9, 1, 0, 0], [0, 10, 0, 0], [0, 0, 10, 0], [0, 0, 5, 5]],
      trainingFlows: 100, seconds: 2, attention: [[7, 3], [5, 5], [10, 0], [2, 8]])
    var outcomes: [ExperimentCell: CellOutcome] = [:]
    for cell in plan.cells where cell.scenario == .all { outcomes[cell] = outcome }
    let report = PaperReport(plan, flows: flows, outcomes: outcomes, timings: [], seed: 1)
    #expect(report.tables.map(\.name) == (1...6).map { "table\($0)" })
    for table in report.tables { for row in table.rows { #expect(row.count == table.columns.count) } }
    let comparison = try #require(report.tables.first { $0.name == "table5" })
    let row = try #require(comparison.rows.first { $0[0] == .integer(4) && $0[1] == .text("attention-lstm") })
    #expect(row[2] == .real(0.85))
    #expect(row.last == .real(0.912))
    let notRun = try #require(comparison.rows.first { $0[0] == .integer(2) })
    #expect(notRun[2] == .null)
    for figure in report.figures {
      for series in figure.series { #expect(series.values.count == figure.places.count) }
    }
    let precision = try #require(report.figures.first { $0.name == "figure8-task4" })
    #expect(precision.series.first { $0.name == "attention-lstm" }?.values[2] == 10.0 / 15)
  }
}
