package import Foundation

/// Where text goes: collects bytes and hands them on in large pieces. It belongs to one thread.
package final class TextSink {
  private let write: ([UInt8]) throws -> Void
  private var pending: [UInt8] = []
  /// Bytes that are collected before they are handed on. A round number; nothing was measured.
  private static let capacity = 65_536

  /// - Parameter write: takes bytes in order; what it throws reaches the caller as `ReportError`.
  package init(_ write: @escaping ([UInt8]) throws -> Void) {
    self.write = write
    pending.reserveCapacity(Self.capacity)
  }

  /// Writes to an open file, such as standard output.
  package convenience init(_ file: FileHandle) {
    self.init { try file.write(contentsOf: $0) }
  }

  func put(_ bytes: some Collection<UInt8>) throws(ReportError) {
    pending.append(contentsOf: bytes)
    if pending.count >= Self.capacity { try flush() }
  }

  func put(_ text: String) throws(ReportError) { try put(text.utf8) }

  /// Hands on what has been collected.
  ///
  /// - Throws: `ReportError` with code `closed` when nobody reads any more, else `cannotWrite`.
  package func flush() throws(ReportError) {
    guard !pending.isEmpty else { return }
    defer { pending.removeAll(keepingCapacity: true) }
    do {
      try write(pending)
    } catch let error as ReportError {
      throw error
    } catch {
      if Self.isBrokenPipe(error) { throw ReportError(.closed, "the output was closed by its reader") }
      throw ReportError(.cannotWrite, "cannot write the output: \(error.localizedDescription)")
    }
  }

  /// Foundation reports a broken pipe under its own code, with the system's underneath.
  private static func isBrokenPipe(_ error: any Error) -> Bool {
    let error = error as NSError
    if error.domain == NSPOSIXErrorDomain, error.code == Int(EPIPE) { return true }
    return (error.userInfo[NSUnderlyingErrorKey] as? any Error).map(isBrokenPipe) ?? false
  }
}
