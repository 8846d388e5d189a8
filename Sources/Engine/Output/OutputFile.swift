import Evidence
import Foundation

/// An output as it is written: beside its place under a name of its own, which becomes the right one when all is there.
///
/// Until `commit` the older file is as it was, and what is not committed is taken away. Standard output, devices and pipes are
/// written straight. It belongs to one thread.
package final class OutputFile {
  private let planned: PlannedOutput
  private var descriptor: Int32
  /// What the file is called until it is whole; `nil` for what is written straight.
  private var unfinished: String?

  /// - Throws: `OutputError` with code `cannotWrite`.
  package init(_ planned: PlannedOutput) throws(OutputError) {
    self.planned = planned
    do throws(SystemError) {
      switch planned.place {
      case .descriptor(let number): descriptor = try OutputCalls.duplicate(number)
      case .special(let path): descriptor = try OutputCalls.openExisting(path)
      case .file(let path, _):
        let name = UnfinishedFiles.name(beside: String(decoding: path.bytes, as: UTF8.self))
        UnfinishedFiles.add(name)
        unfinished = name
        do throws(SystemError) { descriptor = try OutputCalls.create(name) } catch {
          UnfinishedFiles.forget(name)
          throw error
        }
      }
    } catch {
      throw OutputError(
        .cannotWrite,
        "cannot write \(Self.quoted(planned.name)): \(error); check the directory, its permissions and its room")
    }
  }

  deinit { abandon() }

  /// Whether it is a regular file with a name of its own or a redirection to one, in which lines end as the format has it.
  package var isRegularFile: Bool { OutputCalls.status(descriptor)?.kind == OutputCalls.regularFile }

  /// Lets go of the file until it is written to again: there may be more of them than can be open at once.
  package func rest() {
    if unfinished != nil { closeStraight() }
  }

  private func resume() throws(SystemError) {
    if descriptor < 0, let name = unfinished { descriptor = try OutputCalls.append(name) }
  }

  /// - Throws: `OutputError` with code `closed` when nobody reads any more, else `cannotWrite`.
  package func write(_ bytes: [UInt8]) throws(OutputError) {
    do {
      try resume()
      try OutputCalls.write(bytes, to: descriptor)
    } catch {
      if error.code == OutputCalls.brokenPipe { throw OutputError(.closed, "the output was closed by its reader") }
      throw failure(error)
    }
  }

  /// Writes all there is and gives the file its name.
  package func writeWhole(_ bytes: [UInt8]) throws(OutputError) {
    try write(bytes)
    try commit()
  }

  /// Gives the file its name, once its bytes are on the disk.
  ///
  /// - Throws: `OutputError` with code `exists` when another file has come to its place meanwhile, else `cannotWrite`.
  package func commit() throws(OutputError) {
    guard let name = unfinished, case .file(let target, let replaced) = planned.place else { return closeStraight() }
    do {
      try resume()
      try OutputCalls.synchronize(descriptor)
      let open = descriptor
      descriptor = -1
      try OutputCalls.close(open)
    } catch { throw failure(error) }
    try UnfinishedFiles.rename(name, to: target, replacing: replaced, called: planned.name)
    unfinished = nil
  }

  private func closeStraight() {
    if descriptor >= 0 { try? OutputCalls.close(descriptor) }
    descriptor = -1
  }

  /// Takes away what was written.
  package func abandon() {
    closeStraight()
    guard let name = unfinished else { return }
    OutputCalls.remove(name)
    UnfinishedFiles.forget(name)
    unfinished = nil
  }

  private func failure(_ error: SystemError) -> OutputError {
    let rest = unfinished == nil ? "" : "; an older file is as it was"
    return OutputError(.cannotWrite, "cannot write \(Self.quoted(planned.name)): \(error)\(rest)")
  }

  private static func quoted(_ name: String) -> String { name == "standard output" ? name : "'\(name)'" }
}

extension UnfinishedFiles {
  /// Gives a finished file its place.
  ///
  /// - Parameter replaced: the file that may give way; `nil` where there was none.
  static func rename(
    _ name: String, to target: EvidencePath, replacing replaced: FileIdentity?, called: String
  ) throws(OutputError) {
    let path = String(decoding: target.bytes, as: UTF8.self)
    let status = try? target.status(following: false)
    guard status.map(FileIdentity.init) == replaced else {
      throw OutputError(
        .exists,
        "cannot write '\(called)': another file came to its place while it was made, and is as it was; give another name"
      )
    }
    // A private file stays private.
    if replaced != nil, let mode = OutputCalls.permissions(path) { OutputCalls.setPermissions(mode, of: name) }
    do { try OutputCalls.rename(name, to: path) } catch {
      throw OutputError(.cannotWrite, "cannot write '\(called)': \(error); an older file is as it was")
    }
    forget(name)
    OutputCalls.synchronize(directory: String(decoding: target.directory.bytes, as: UTF8.self))
  }
}
