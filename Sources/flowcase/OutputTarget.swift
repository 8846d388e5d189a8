import ArgumentParser
import Engine
import Reporting

/// Whether an output may take the place of a file; shared by the commands that write one.
struct OverwriteOption: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Replace a file that is there.",
      discussion: """
        Without it only an empty file gives way, or an earlier output of Flowcase that is recognised as one of the same \
        kind. Evidence, cases, models and inputs are never replaced.
        """))
  var force = false

  /// What keeps the command from its inputs.
  ///
  /// - Parameters:
  ///   - cases: cases it reads; their evidence is protected with them.
  ///   - inputs: files, or directories with all below them, by what they are.
  func outputs(cases: [String] = [], inputs: [(paths: [String], what: String)] = []) -> OutputGuard {
    var outputs = OutputGuard(isForced: force)
    for path in cases { outputs.protect(case: path) }
    for input in inputs { outputs.protect(input.paths, as: input.what) }
    return outputs
  }
}

/// Where rows and text go: standard output, a device, or a file that gets its name when all of it is written.
struct OutputTarget {
  let sink: TextSink
  /// Whether it is a regular file, in which lines of CSV end as RFC 4180 has it; for pipes and people they end in LF.
  let isRegularFile: Bool
  private let file: OutputFile

  init(_ planned: PlannedOutput = .standardOutput) throws { self.init(try OutputFile(planned)) }

  /// A file that is given its name elsewhere.
  init(_ file: OutputFile) {
    self.file = file
    isRegularFile = file.isRegularFile
    sink = TextSink { bytes in
      do throws(OutputError) { try file.write(bytes) } catch {
        throw ReportError(error.code == .closed ? .closed : .cannotWrite, error.message)
      }
    }
  }

  func write(_ text: String) throws { try sink.put(text) }

  /// Hands on what has been collected; for files of a directory, which are given their names together.
  func flush() throws { try sink.flush() }

  /// Hands on what has been collected, and gives the file its name.
  func finish() throws {
    try sink.flush()
    try file.commit()
  }
}

extension OutputTarget {
  /// What writes rows here.
  func writer(_ format: OutputFormat) -> any RowWriter { format.writer(to: sink, endsLinesInLF: !isRegularFile) }

  /// Writes rows in a format, to their end.
  func write(_ format: OutputFormat, _ body: (inout any RowWriter) throws -> Void) throws {
    var writer = writer(format)
    try body(&writer)
    try sink.flush()
  }
}

extension OutputDirectory {
  /// Writes a CSV table.
  ///
  /// - Parameter columns: what its header line begins with.
  func csv(_ name: String, columns: [String], _ body: (inout any RowWriter) throws -> Void) throws {
    try OutputTarget(open(name, .table(columns))).write(.csv, body)
  }

  /// Writes a text, such as a picture.
  func text(_ name: String, _ kind: OutputKind, _ text: String) throws {
    let target = OutputTarget(try open(name, kind))
    try target.write(text)
    try target.flush()
  }
}
