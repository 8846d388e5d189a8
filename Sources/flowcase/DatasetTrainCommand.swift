import ArgumentParser
import Engine
import Foundation
import Learning
import Records
import Reporting

struct DatasetTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train trees on a feature table and freeze them.")

  @OptionGroup var arguments: GroupedTableArguments
  @OptionGroup var trees: TreeArguments
  @Option(name: .shortAndLong, help: "The model file to write.", completion: .file()) var output: String
  @Option(help: "What the file says of its licence.") var licence: String?
  @OptionGroup var overwrite: OverwriteOption
  @Flag(help: "Print a c4.5 tree as text.") var print = false

  func run() throws {
    try reportingFailure {
      let planned = try overwrite.outputs(inputs: [([arguments.source.table], "the table")]).plan(output, .model)
      let loaded = try arguments.loadGrouped().loaded
      let recipe = trees.recipe
      let model = try recipe.train(loaded.table)
      var provenance = TreeProvenance()
      provenance.dataSHA256 = loaded.sha256.map { [$0.description] } ?? []
      provenance.rows = loaded.table.rowCount
      provenance.options = recipe.optionTexts
      provenance.toolVersion = Tool.version
      let bytes = TreeModelFile(model, provenance: provenance, licence: licence).bytes
      try OutputFile(planned).writeWhole(bytes)
      say("wrote '\(output)': \(model.summary)")
      if print, case .c45(let tree) = model {
        let target = try OutputTarget()
        try target.write(tree.text)
        try target.finish()
      }
    }
  }
}
