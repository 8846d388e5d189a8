/// A name beside the place of an output, for what makes a file by its name, as SQLite does.
///
/// What was made under the name is taken away unless it is committed.
package final class UnfinishedName {
  private let planned: PlannedOutput
  package let path: String
  private var isOpen = true
  /// What SQLite keeps beside a database while it is open.
  private static let companions = ["", "-wal", "-shm", "-journal"]

  /// - Throws: `OutputError` with code `cannotWrite` for what is no regular file.
  package init(_ planned: PlannedOutput) throws(OutputError) {
    guard let target = planned.filePath else {
      throw OutputError(.cannotWrite, "cannot write '\(planned.name)': a case must be a file; give the name of one")
    }
    self.planned = planned
    path = UnfinishedFiles.name(beside: target)
    for companion in Self.companions { UnfinishedFiles.add(path + companion) }
  }

  deinit { if isOpen { abandon() } }

  /// Gives the file its name.
  package func commit() throws(OutputError) {
    guard case .file(let target, let replaced) = planned.place else { return }
    try UnfinishedFiles.rename(path, to: target, replacing: replaced, called: planned.name)
    forget()
  }

  /// Takes away what was made.
  package func abandon() {
    for companion in Self.companions { OutputCalls.remove(path + companion) }
    forget()
  }

  private func forget() {
    isOpen = false
    for companion in Self.companions { UnfinishedFiles.forget(path + companion) }
  }
}
