/// Why an output was not written. Two errors are equal when their codes are.
package struct OutputError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The target is something that no output may take the place of.
    case protected
    /// There is a file already, and nobody said that it may be replaced.
    case exists
    /// The target cannot be a file, or cannot be written.
    case cannotWrite
    /// Whoever read the output has stopped reading, as `head` does: a normal ending.
    case closed
  }

  package let code: Code
  /// One sentence: what could not be written, why, and what to do.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  package static func == (a: Self, b: Self) -> Bool { a.code == b.code }
}
