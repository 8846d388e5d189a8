import Foundation

/// Several outputs of one command in one directory: all are written before the first gets its name.
///
/// Files of other names are left alone, and files of the same names give way under the rules of `OutputGuard`.
package final class OutputDirectory {
  package let path: String
  private let outputs: OutputGuard
  private var written: [OutputFile] = []

  /// - Throws: as `OutputGuard.plan`; nothing is made yet.
  package init(_ path: String, _ outputs: OutputGuard) throws {
    self.path = path
    self.outputs = outputs
    try outputs.plan(directory: path)
  }

  /// Decides whether a file of the directory may be written, before the work that makes it.
  package func check(_ name: String, _ kind: OutputKind) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    _ = try plan(name, kind)
  }

  /// A file of the directory, to be written and committed by itself.
  package func plan(_ name: String, _ kind: OutputKind) throws -> PlannedOutput {
    try outputs.plan("\(path)/\(name)", kind)
  }

  /// Begins a file.
  package func open(_ name: String, _ kind: OutputKind) throws -> OutputFile {
    try make()
    let file = try OutputFile(plan(name, kind))
    written.append(file)
    return file
  }

  /// Makes the directory where it is not there.
  package func make() throws(OutputError) {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw OutputError(.cannotWrite, "cannot make the directory '\(path)': \(error.localizedDescription)")
    }
  }

  /// Gives all files begun so far their names.
  package func commit() throws(OutputError) {
    for file in written { try file.commit() }
    written = []
  }
}
