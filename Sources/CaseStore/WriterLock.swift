import Foundation

/// Keeps a second writer out of a case for as long as the first one lives.
///
/// SQLite locks only while a transaction is open, so two scans could take turns. This is an advisory `flock` on the case
/// file itself, which the system drops when the process ends, however it ends; readers do not ask for it.
struct WriterLock {
  private let file: FileHandle

  /// - Throws: `StoreError` with code `inUse` when another writer holds the case, `cannotOpen` or `readOnly` when
  ///   the file cannot be opened for writing.
  init(path: String) throws(StoreError) {
    guard let file = FileHandle(forUpdatingAtPath: path) else {
      throw FileManager.default.fileExists(atPath: path)
        ? StoreError(.readOnly, "cannot write to the case '\(path)': check the permissions of the file")
        : StoreError(.cannotOpen, "cannot open the case '\(path)': it does not exist")
    }
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw StoreError(
        .inUse, "the case '\(path)' is being written to by another flowcase: wait until it has finished, then try again"
      )
    }
    self.file = file
  }

  /// Lets the next writer in. To be called after SQLite has closed the file: closing any descriptor of a file drops
  /// the locks that SQLite holds on it in this process.
  func release() {
    // A process that is being started has a copy of the descriptor for a moment, and closing ours would leave it the lock.
    _ = flock(file.fileDescriptor, LOCK_UN)
    try? file.close()
  }
}
