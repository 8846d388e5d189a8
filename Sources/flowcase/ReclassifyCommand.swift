import ArgumentParser
import Engine

struct ReclassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reclassify", abstract: "Ask one more model about the flows of a case, without its evidence.",
    discussion: """
      The case must have been scanned with --keep-inputs, under the flow policy of the model. Labels of other models stay; \
      the view 'flows' shows those of the model that came last, and 'flowcase query CASE --name model-agreement' sets them \
      side by side. A second time with the same model adds nothing.
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Option(help: "A frozen model; without it, the default model that is shipped.", completion: .file()) var model:
    String?
  @Flag(
    help: """
      Let the model use that a recording stood inside a tunnel (the column 'vantage'). What was measured of a model was \
      measured without.
      """) var vantage = false
  @Flag(name: .shortAndLong, help: "No summary.") var quiet = false

  func run() throws {
    try reportingFailure {
      let loaded = try ModelLoader.load(model)
      let job = Reclassify(
        casePath: casePath, model: Scan.Model(loaded.model, sha256: loaded.sha256), usesVantage: vantage,
        run: RunDescription.now())
      let flows = try job.run()
      if !quiet { say("labelled \(Figure.count(flows, "flow")) of '\(casePath)' with the model \(loaded.sha256)") }
    }
  }
}
