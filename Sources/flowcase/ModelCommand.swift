import ArgumentParser
import Foundation
import Learning
import Records
import Reporting
import Traffic

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look at frozen models.", subcommands: [Show.self, ModelAuditCommand.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check a model file and print what it says of itself.")

    @Argument(help: "A model file; without it, the default model.", completion: .file()) var file: String?

    func run() throws {
      try reportingFailure {
        let (model, sha256) = try ModelLoader.load(file)
        let target = try OutputTarget()
        for (name, value) in lines(model.description, model.tensors) + [("sha256", sha256.description)] {
          try target.write(name.padding(toLength: 14, withPad: " ", startingAt: 0) + value + "\n")
        }
        try target.finish()
      }
    }

    private func lines(_ model: ModelDescription, _ tensors: [String: Tensor]) -> [(String, String)] {
      let contract = model.contract
      let masked = contract.maskedFields.map(\.rawValue).sorted()
      var lines = [
        ("architecture", model.kind),
        ("labels", model.labels.joined(separator: ", ")),
        (
          "input",
          contract.features.map { "\($0.rawValue) features, \(contract.packets.counted("packet"))" }
            ?? "\(contract.packets.counted("packet")) of \(contract.bytesPerPacket.counted("byte")) (\(contract.scope.rawValue), \(contract.encoding.rawValue), padding \(contract.padding.rawValue))"
        ),
        ("channels", contract.channels.isEmpty ? "none" : contract.channels.map(\.rawValue).joined(separator: ", ")),
        ("masked", masked.isEmpty ? "none" : masked.joined(separator: ", ")),
        ("left out", contract.leaveOut.rawValue), ("flow policy", contract.flowPolicy.rawValue),
        ("loss", model.loss.rawValue), ("temperature", ThresholdText.temperature(model.decisionRule)),
        ("unknown", ThresholdText.abstention(model)),
        ("tensors", "\(tensors.count), \(tensors.values.reduce(0) { $0 + $1.values.count }.counted("value"))"),
      ]
      if let ensemble = model.ensemble {
        lines.append(
          (
            "trees beside",
            "\(ensemble.trees.rounds.counted("round")) of boosting, weight \(Figure.short(ensemble.weight))"
          ))
      }
      if let training = model.training {
        lines.append(
          (
            "trained on",
            "\(training.flows.counted("flow")) of \(training.dataSHA256.count.counted("capture")), \(training.epochs > 0 ? "\(training.epochs.counted("epoch")) (kept \(training.keptEpoch)), " : "")seed \(training.options.seed), by Flowcase \(training.toolVersion)"
          ))
      }
      for rates in model.errorRates {
        lines.append(
          (
            "measured",
            "\(rates.split) split, \(rates.flows.counted("flow")): accuracy \(Figure.short(rates.accuracy)), macro-F1 \(Figure.short(rates.macroF1)); labels \(Figure.percent(rates.coverage)), of which wrong \(Figure.percent(rates.errorRate))"
              + (rates.calibrationError.map { ", calibration error \(Figure.short($0))" } ?? "")
          ))
        for rate in rates.labels ?? [] where rate.given > 0 {
          lines.append(("", "\(rate.label): given to \(Figure.count(rate.given, "flow")), wrong \(rate.wrong)"))
        }
      }
      if let licence = model.licence { lines.append(("licence", licence)) }
      return lines
    }
  }
}
