import GRDB

/// Why a case database could not be opened, read or written.
package struct StoreError: Error, Equatable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The file is no Flowcase case.
    case notACase
    /// The case was made by another version of the schema.
    case version
    /// Another program is writing to the case.
    case busy
    /// The query would change the case, or is not one statement.
    case notReadOnly
    /// SQLite refused: the message has its words.
    case sqlite
  }

  package var code: Code
  /// One sentence: what could not be done, why, and what to do next.
  package var description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Puts an error of GRDB or SQLite into words.
  static func wrap<R>(_ what: @autoclosure () -> String, _ body: () throws -> R) throws(StoreError) -> R {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch let error as DatabaseError {
      let words = error.message ?? "\(error.resultCode)"
      if error.resultCode == .SQLITE_BUSY {
        throw StoreError(
          .busy, "cannot \(what()): another program is using the case; wait for it to end and run the command again")
      }
      if error.resultCode == .SQLITE_NOTADB {
        throw StoreError(.notACase, "cannot \(what()): the file is no SQLite database; name another file for the case")
      }
      throw StoreError(.sqlite, "cannot \(what()): \(words)")
    } catch {
      throw StoreError(.sqlite, "cannot \(what()): \(error)")
    }
  }
}
