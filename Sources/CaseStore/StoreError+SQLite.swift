import GRDB

extension StoreError {
  /// The sentence for a result code of SQLite.
  ///
  /// - Parameters:
  ///   - result: SQLite's result code, extended or primary.
  ///   - text: SQLite's own message.
  ///   - path: the case as the user named it.
  init(result: Int32, text: String, path: String) {
    switch result & 0xff {
    case 5, 6:
      self.init(.inUse, "the case '\(path)' is in use by another program: wait until it has finished, then try again")
    case 8:
      self.init(
        .readOnly, "cannot write to the case '\(path)': \(text); check the permissions of the file and its directory")
    case 10, 11:
      self.init(
        .damaged,
        "cannot read or write the case '\(path)': \(text); check the disk, then restore the case or scan again into a new one"
      )
    case 13:
      self.init(
        .full,
        "cannot write to the case '\(path)': \(text); make room and run the same command again, "
          + "what was completely scanned is kept")
    case 14:
      self.init(.cannotOpen, "cannot open the case '\(path)': \(text); check that the directory exists and may be used")
    case 26:
      self.init(.notACase, "'\(path)' is not a case: it is no SQLite database; choose another file")
    case 19, 20, 21, 25:
      self.init(.misuse, "the case '\(path)' refused a row: \(text)")
    default:
      self.init(.badQuery, "the case '\(path)' could not answer: \(text)")
    }
  }

  /// Runs calls of GRDB, whose errors are SQLite's.
  static func translating<Value>(_ path: String, _ body: () throws -> Value) throws(StoreError) -> Value {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch let error as DatabaseError {
      throw StoreError(
        result: error.extendedResultCode.rawValue, text: error.message ?? "unknown reason", path: path)
    } catch {
      throw StoreError(.cannotOpen, "cannot use the case '\(path)': \(error)")
    }
  }
}
