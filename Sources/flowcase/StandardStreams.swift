import ArgumentParser
import Glibc

/// Standard error is talk: one line, with the program's name.
func say(_ message: String) {
  writeAll("flowcase: \(message)\n", to: STDERR_FILENO)
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

  /// Columns of the terminal that standard output is; `nil` when it is none.
  static var width: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// The reader of the output has gone: nothing is wrong, and nothing more is to be done.
struct OutputClosed: Error {}

/// Collects output and writes it in large pieces, to standard output or to a file.
final class OutputTarget {
  private let descriptor: Int32
  private let isFile: Bool
  private var buffer = ""

  /// - Parameter path: `nil` or `-` for standard output.
  init(_ path: String?) throws {
    isFile = path != nil && path != "-"
    if isFile, let path {
      descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw ValidationError("cannot write '\(path)': \(unsafe String(cString: strerror(errno)))")
      }
    } else {
      descriptor = STDOUT_FILENO
    }
  }

  deinit { if isFile { close(descriptor) } }

  func write(_ text: String) throws {
    buffer += text
    if buffer.utf8.count >= 1 << 16 { try flush() }
  }

  func flush() throws {
    defer { buffer.removeAll(keepingCapacity: true) }
    if buffer.isEmpty || writeAll(buffer, to: descriptor) { return }
    if errno == EPIPE { throw OutputClosed() }
    throw OutputFailed(description: "cannot write the output: \(unsafe String(cString: strerror(errno)))")
  }
}

struct OutputFailed: Error, CustomStringConvertible { let description: String }

/// Runs a command's work, and turns what it throws into a sentence and an exit status.
func reportingFailure(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let status as ExitCode {
    throw status
  } catch let usage as ValidationError {
    throw usage
  } catch is OutputClosed {
    throw ExitCode.success
  } catch {
    say("\(error)")
    throw ExitCode.failure
  }
}
