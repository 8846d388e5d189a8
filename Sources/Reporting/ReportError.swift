/// Why rows could not be written out. Two errors are equal when their codes are.
package struct ReportError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Whoever read the output has stopped reading, as `head` does: a normal ending.
    case closed
    /// The output could not be written.
    case cannotWrite
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
