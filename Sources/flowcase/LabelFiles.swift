import ArgumentParser
import Engine
import Foundation
import Learning

/// The files that say which class a capture, or a flow, is of.
struct LabelFiles: ParsableArguments {
  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp(
      "A file that maps captures to classes; several times: what an earlier file says counts.",
      discussion: """
        A line has a pattern, a class, and perhaps a scenario: captures of one scenario stand on one side of a grouped \
        split. A pattern without '/' is matched against the name of a file, one with slashes against the end of its path. \
        The first that matches decides; the class '-' leaves a file out, and '#' begins a comment. The file's name is the \
        laboratory its captures come from.
        """),
    completion: .file())
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "A table of labelled flows (CSV, TSV, Zeek's conn.log, JSON lines); several times.",
      discussion: """
        A line names a flow by two addresses and ports, by community_id or by flow_uid, and its class in 'class' or 'label'; \
        perhaps the capture ('path'), the start, the laboratory ('laboratory' or 'lab') and a group. Where a capture has lines, \
        its flows without one are left out. A 'manifest.tsv' beside the table (path, lab) names laboratories. \
        schemas/flow-labels.md says more.
        """),
    completion: .file())
  var flowLabels: [String] = []

  @Option(
    help: "A file that maps the class names of these tables to the model's: a pattern and a class a line.",
    completion: .file())
  var classes: [String] = []

  @Option(help: "COLUMN=VALUE: only lines with this value count, in tables that have the column; several times.")
  var flowLabelsWhere: [String] = []

  @Option(
    help:
      "A table of tabs with 'path' and 'lab' or 'laboratory' that says where captures come from, in the place of 'manifest.tsv' beside a table of flows.",
    completion: .file())
  var manifest: String?

  @Option(
    help:
      "A CSV file to write of what --flow-labels could not use: lines that cannot be read or name no flow, flows that lines of different classes name, or none.",
    completion: .file())
  var flowLabelReport: String?

  func validate() throws {
    if flowLabels.isEmpty,
      let given = [("--manifest", manifest), ("--flow-label-report", flowLabelReport)].first(where: { $0.1 != nil })
    {
      throw ValidationError("\(given.0) is for tables of labelled flows: name one with --flow-labels")
    }
    if let wrong = flowLabelsWhere.first(where: { !$0.contains("=") }) {
      throw ValidationError("--flow-labels-where is '\(wrong)', not COLUMN=VALUE")
    }
  }

  /// All files read.
  var inputs: [String] { paths + flowLabels + classes + (manifest.map { [$0] } ?? []) }

  func map() throws -> LabelMap {
    var whole = LabelMap()
    for path in paths {
      let text = try NamedFile.text(path, what: "label file")
      do { whole.append(try LabelMap(parsing: text, laboratory: Self.laboratory(path))) } catch {
        throw CommandFailed(description: "cannot use the label file '\(path)': \(error)")
      }
    }
    return whole
  }

  func tables() throws -> FlowLabels {
    var names = ClassNames()
    for path in classes {
      do { names.append(try ClassNames(parsing: NamedFile.text(path, what: "file of classes"))) } catch let error
        as LabelMapError
      {
        throw CommandFailed(description: "cannot use the file of classes '\(path)': \(error)")
      }
    }
    var labels = FlowLabels()
    for path in flowLabels {
      var options = FlowLabels.Options()
      options.classes = names
      options.conditions = flowLabelsWhere.map { text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), String(parts[1]))
      }
      options.laboratory = Self.laboratory(path)
      options.manifest = try laboratories(besides: path)
      do throws(LabelMapError) {
        try labels.add(try Self.text(path), name: path, options)
      } catch {
        throw CommandFailed(description: "cannot use the label table '\(path)': line \(error.line): \(error)")
      }
    }
    return labels
  }

  /// Laboratories by path, of the manifest that is named or of the one beside a table.
  private func laboratories(besides path: String) throws -> [String: String] {
    let besides = URL(filePath: path).deletingLastPathComponent().appending(path: "manifest.tsv").path
    guard manifest != nil || FileManager.default.fileExists(atPath: besides) else { return [:] }
    let found = LaboratoryManifest.laboratories(try NamedFile.text(manifest ?? besides, what: "manifest"))
    if let manifest, found.isEmpty {
      throw CommandFailed(
        description:
          "the manifest '\(manifest)' names no laboratory: it needs the columns 'path' and 'lab', parted by tabs")
    }
    return found
  }

  private static func text(_ path: String) throws(LabelMapError) -> String {
    do { return try NamedFile.text(path, what: "label table") } catch {
      throw LabelMapError(line: 0, description: "\(error)")
    }
  }

  /// Where a label file's captures come from: its name, or that of its folder where many have the name.
  private static func laboratory(_ path: String) -> String {
    let url = URL(filePath: path), name = url.lastPathComponent.prefix { $0 != "." }
    return ["flows", "sessions", "labels", "conn"].contains(name)
      ? url.deletingLastPathComponent().lastPathComponent : String(name)
  }
}
