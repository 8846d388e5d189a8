/// Why a case could not be opened, written or asked.
///
/// Callers match on `code`; `message` is one sentence for the examiner that names the case, the reason and the next step.
/// Two errors are equal when their codes are.
package struct StoreError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The file exists and is not a case database.
    case notACase
    /// The case was written by a newer version of the program.
    case newerVersion
    /// The case was written by an older version whose tables this one does not continue.
    case olderVersion
    /// Another program is writing to the case.
    case inUse
    /// No such file, or it cannot be opened or created.
    case cannotOpen
    /// The disk is full, or the case has reached the size it was allowed.
    case full
    /// The file or its directory does not permit writing.
    case readOnly
    /// SQLite found the file damaged, or could not read or write it.
    case damaged
    /// The SQL text could not be understood or failed while running.
    case badQuery
    /// The SQL text would change something, or is more than one statement.
    case refusedQuery
    /// The question was given up because the program was asked to stop.
    case interrupted
    /// A row contradicts the rules of the case, or calls came in an order that cannot be: a mistake in the program.
    case misuse
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  package static func == (a: Self, b: Self) -> Bool { a.code == b.code }
}
