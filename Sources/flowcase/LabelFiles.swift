import ArgumentParser
import Engine

/// The files that say which class a capture is of.
struct LabelFiles: ParsableArguments {
  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp(
      "A file that maps captures to classes; several times: what an earlier file says counts.",
      discussion: """
        A line has a pattern, a class, and perhaps a scenario: captures of one scenario stand on one side of a grouped \
        split. A pattern without '/' is matched against the name of a file, one with slashes against the end of its path. \
        The first that matches decides; the class '-' leaves a file out, and '#' begins a comment.
        """),
    completion: .file())
  var paths: [String]

  func map() throws -> LabelMap {
    var whole = LabelMap()
    for path in paths {
      let text = try NamedFile.text(path, what: "label file")
      do { whole.append(try LabelMap(parsing: text)) } catch {
        throw CommandFailed(description: "cannot use the label file '\(path)': \(error)")
      }
    }
    return whole
  }
}
