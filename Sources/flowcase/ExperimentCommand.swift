import ArgumentParser
import Engine
import Evidence
import Foundation
import Learning
import Records
import Traffic

struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment", abstract: "Repeat a published experiment on your own captures.",
    subcommands: [PaperExperimentCommand.self])
}

struct PaperExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paper",
    abstract: "The tables and figures of the paper whose models Flowcase runs, beside the paper's own numbers.",
    discussion: """
      Trains every architecture in the four tasks of the paper (Yao et al., Identification of Encrypted Traffic Through \
      Attention Mechanism Based Long Short Term Memory), on random splits as the paper does and on splits by capture, and \
      writes Tables 1 to 6 and Figures 2, 3, 7, 8, 9 and 10 as CSV and SVG, the tables in tables.md, and all on one page, index.html.

      Each training is written to results.jsonl as soon as it is done. The same command goes on where it stopped; with \
      other captures, labels or seed it asks for another directory. A class belongs to traffic inside a VPN when its name \
      begins with 'Vpn_'.
      """)

  @Option(help: "A directory of captures, or one capture.", completion: .file()) var dataset: [String]
  @Option(help: "A file that maps file-name patterns to classes.", completion: .file()) var labels: String
  @Option(name: .shortAndLong, help: "The directory to write to.", completion: .directory) var output: String
  @OptionGroup var overwrite: OverwriteOption
  @Flag(help: "Fewer rounds and epochs: under half an hour on two cores. Without it, a night.") var quick = false
  @Flag(help: "Train nothing: write the tables and pictures of what is done so far.") var reportOnly = false
  @Option(help: "Seed of weights, order, dropout and splits.") var seed: UInt64 = 1
  @Option(help: "Trainings at one time; by default one a core.") var threads: Int?

  func run() throws {
    try reportingFailure {
      let outputs = overwrite.outputs(inputs: [(dataset, "evidence"), ([labels], "the label file")])
      let files = ExperimentFiles(directory: try OutputDirectory(output, outputs))
      try files.check()
      let (flows, head) = try collect()
      let ledger = try ExperimentLedger(path: files.results(keptFrom: outputs), head: head)
      let plan = PaperPlan(isQuick: quick)
      let runner = ExperimentRunner(flows, seed: seed, ledger: ledger)
      let known = runner.outcomes
      let count = plan.cells.count { known[$0] == nil }
      say("\(plan.cells.count.counted("training")), done already: \(plan.cells.count - count)")
      if !reportOnly { try train(plan, runner) }
      let report = PaperReport(plan, flows: flows, outcomes: runner.outcomes, timings: runner.timings, seed: seed)
      try files.write(report, command: command)
      say(
        "wrote '\(output)/index.html' with \(report.tables.count.counted("table")) and \(report.figures.count.counted("picture"))"
      )
    }
  }

  private func train(_ plan: PaperPlan, _ runner: ExperimentRunner) throws {
    // First: a batch is timed with nothing else running.
    try runner.time(PaperPlan.architectures, steps: 5)
    let start = ContinuousClock.now
    try runner.run(plan.cells, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount) {
      cell, outcome, left in
      let elapsed = Int((ContinuousClock.now - start) / .seconds(1))
      say("\(left) to do after \(elapsed) s: \(cell.summary): \(Figure.short(outcome.seconds)) s")
    }
  }

  private func collect() throws -> (flows: Dataset, head: ExperimentLedger.Head) {
    let text = try NamedFile.text(labels, what: "label file")
    var cell = ExperimentCell()
    // The widest that any cell sees.
    (cell.packets, cell.leaveOut) = (20, .none)
    var keep = cell.contract.keepPlan
    keep.keepsTimes = true
    let collection = LabelledCaptures(labels: try LabelMap(parsing: text), contract: cell.contract, plan: keep)
      .collect(dataset)
    let flows = collection.dataset
    guard flows.labels.contains(where: PaperScenario.isVPN), !flows.labels.allSatisfy(PaperScenario.isVPN) else {
      throw CommandFailed(
        description:
          "the captures have no flows of classes both inside and outside a VPN; name the former 'Vpn_...' in the label file"
      )
    }
    say("\(flows.examples.count.counted("flow")) of \(collection.digests.count.counted("capture"))")
    let head = ExperimentLedger.Head(
      toolVersion: Tool.version, captures: collection.digests.map(\.description),
      labels: Digest.sha256(Array(text.utf8))?.description ?? "", seed: seed)
    return (flows, head)
  }

  /// The command as it can be run again, without the directories of this machine.
  private var command: String {
    "flowcase experiment paper\(quick ? " --quick" : "") --seed \(seed) --dataset DIR --labels FILE -o OUT"
  }
}
