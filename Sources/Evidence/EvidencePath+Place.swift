extension EvidencePath {
  /// What lies at the path.
  ///
  /// - Parameter following: whether a symbolic link stands for its target.
  package func status(following: Bool = true) throws(SystemError) -> FileStatus {
    try SystemCalls.status(self, following: following)
  }

  /// The path with every link resolved, from the root.
  package func resolved() throws(SystemError) -> EvidencePath { try SystemCalls.resolved(self) }

  package var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

  /// The directory the path lies in; `.` for a bare name.
  package var directory: EvidencePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return EvidencePath(".") }
    return slash == bytes.startIndex ? EvidencePath("/") : EvidencePath(bytes: Array(bytes[..<slash]))
  }

  /// Whether the path, with links resolved, lies somewhere below a directory, also resolved.
  package func isBelow(_ directory: EvidencePath) -> Bool {
    bytes.starts(with: directory.appending([]).bytes) && self != directory
  }
}
