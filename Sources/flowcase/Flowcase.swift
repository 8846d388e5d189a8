import ArgumentParser

@main struct Flowcase: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "flowcase", abstract: "Classify the flows in capture archives.")
}
