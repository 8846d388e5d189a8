import Glibc

/// A failed system call: its number and the system's words for it.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  package let code: Int32
  package var description: String { unsafe String(cString: strerror(code)) }
}

/// What a path leads to.
package enum FileKind: Sendable, Equatable {
  case regular, directory, symbolicLink
  /// A FIFO, socket or device; the word is what a message calls it.
  case special(String)
}

/// What the file system says of a file.
package struct FileStatus: Sendable, Equatable {
  package var kind: FileKind
  package var byteCount: Int
  package var modifiedNanoseconds: Int
}

/// The system calls this module needs, each with its return value turned into a result. Nothing above sees `errno`.
enum SystemCalls {
  private static func check(_ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(code: errno) }
    return result
  }

  private static func withCString<R>(_ path: EvidencePath, _ body: (UnsafePointer<CChar>) -> R) throws(SystemError) -> R
  {
    guard !path.bytes.contains(0) else { throw SystemError(code: ENOENT) }
    let characters = path.bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe characters.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return unsafe body("") }
      return unsafe body(base)
    }
  }

  /// Opens for reading only. The access time is left alone where the system allows it; a FIFO does not block.
  static func openForReading(_ path: EvidencePath) throws(SystemError) -> Int32 {
    let quiet = unsafe try withCString(path) { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOATIME) }
    if quiet >= 0 { return quiet }
    // Only the owner of a file may leave its access time alone.
    guard errno == EPERM else { throw SystemError(code: errno) }
    return try check(unsafe withCString(path) { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
  }

  private static let O_NOATIME: Int32 = 0o1000000

  /// Reads up to `count` bytes; an empty array at the end of the file.
  static func read(_ descriptor: Int32, upTo count: Int) throws(SystemError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized...])
        let got = unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        initialized += got
      }
    }
    if failure != 0 && bytes.isEmpty { throw SystemError(code: failure) }
    return bytes
  }

  static func seek(_ descriptor: Int32, to offset: Int) throws(SystemError) {
    guard lseek(descriptor, offset, SEEK_SET) >= 0 else { throw SystemError(code: errno) }
  }

  static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  static func status(_ descriptor: Int32) throws(SystemError) -> FileStatus {
    var raw = stat()
    _ = try check(unsafe fstat(descriptor, &raw))
    return FileStatus(raw)
  }

  /// - Parameter following: whether a symbolic link stands for its target.
  static func status(_ path: EvidencePath, following: Bool) throws(SystemError) -> FileStatus {
    var raw = stat()
    _ = try check(unsafe withCString(path) { unsafe following ? stat($0, &raw) : lstat($0, &raw) })
    return FileStatus(raw)
  }

  /// The path with every link resolved.
  static func resolved(_ path: EvidencePath) throws(SystemError) -> EvidencePath {
    let found: [UInt8]? = unsafe try withCString(path) { name in
      guard let real = unsafe realpath(name, nil) else { return nil }
      defer { unsafe free(real) }
      return unsafe Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    }
    guard let found else { throw SystemError(code: errno) }
    return EvidencePath(bytes: found)
  }

  /// The names in a directory, unsorted, without `.` and `..`.
  static func names(in path: EvidencePath) throws(SystemError) -> [[UInt8]] {
    guard let stream = unsafe try withCString(path, { unsafe opendir($0) }) else { throw SystemError(code: errno) }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      if name != [0x2e] && name != [0x2e, 0x2e] { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SystemError(code: errno) }
    return names
  }
}

extension FileStatus {
  fileprivate init(_ raw: stat) {
    kind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .symbolicLink
      case S_IFIFO: .special("named pipe")
      case S_IFSOCK: .special("socket")
      case S_IFBLK: .special("block device")
      case S_IFCHR: .special("character device")
      default: .special("special file")
      }
    byteCount = Int(raw.st_size)
    modifiedNanoseconds = raw.st_mtim.tv_sec &* 1_000_000_000 &+ raw.st_mtim.tv_nsec
  }
}
