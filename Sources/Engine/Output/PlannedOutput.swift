import Evidence

/// An output that may be written. It says where it would go; nothing has been opened yet.
package struct PlannedOutput: Sendable {
  enum Place: Sendable {
    case descriptor(Int32)
    /// A device, a named pipe or a socket.
    case special(String)
    /// A path with links resolved, and the file that lies there now.
    case file(EvidencePath, replacing: FileIdentity?)
  }

  /// As the user called it.
  package let name: String
  let place: Place

  /// Standard output of a command that protects nothing.
  package static let standardOutput = PlannedOutput(name: "standard output", place: .descriptor(1))

  /// Whether it is a regular file, written beside and renamed.
  package var isFile: Bool { if case .file = place { true } else { false } }

  /// Where the file will be, links resolved; `nil` for what is no regular file.
  package var filePath: String? {
    guard case .file(let path, _) = place else { return nil }
    return String(decoding: path.bytes, as: UTF8.self)
  }
}
