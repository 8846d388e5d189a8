import ArgumentParser
import Foundation
import Glibc
import Reporting

/// Standard error is talk: one line, with the program's name.
///
/// File names come from the evidence: nothing in them reaches a terminal as a control sequence.
func say(_ message: String) {
  writeAll("flowcase: \(VisibleText.escaped(message))\n", to: STDERR_FILENO)
}

/// Writes text as it is; `false` when it could not be written whole.
@discardableResult func writeAll(_ text: String, to descriptor: Int32) -> Bool {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if written < 0 && errno == EINTR { continue }
    guard written > 0 else { return false }
    bytes = bytes.dropFirst(written)
  }
  return true
}

/// A terminal's properties; output that goes elsewhere has none.
enum Terminal {
  static var hasStandardError: Bool { isatty(STDERR_FILENO) == 1 }

  static var isStandardOutput: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns of the terminal: what COLUMNS says, else what the terminal says, else 80.
  static var width: Int {
    if let text = ProcessInfo.processInfo.environment["COLUMNS"], let columns = Int(text), columns > 0 {
      return columns
    }
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// What a command could not do, in a sentence.
struct CommandFailed: Error, CustomStringConvertible { let description: String }

/// Runs a command's work, and turns what it throws into a sentence and an exit status.
func reportingFailure(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let status as ExitCode {
    throw status
  } catch let usage as ValidationError {
    throw usage
  } catch let error as ReportError where error.code == .closed {
    // The reader has seen enough: a normal ending.
    throw ExitCode.success
  } catch {
    say("\(error)")
    throw ExitCode.failure
  }
}

/// A small file that was named on the command line.
enum NamedFile {
  /// The passwords in a file, one a line, and the one that samples of malware are commonly locked with.
  static func passwords(_ path: String?) throws -> [String] {
    guard let path else { return ["infected"] }
    return try text(path, what: "password file").split(whereSeparator: \.isNewline).map(String.init) + ["infected"]
  }

  /// - Parameter what: what the file is, for the sentence when it cannot be read.
  static func text(_ path: String, what: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw CommandFailed(description: "cannot read the \(what) '\(path)': \(error.localizedDescription)")
    }
  }
}
