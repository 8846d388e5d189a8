import Glibc

/// A failed system call: its number and the system's words for it.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  package let code: Int32
  package var description: String { unsafe String(cString: strerror(code)) }

  package init(code: Int32) { self.code = code }
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
  /// What the file is, whatever its name: two names with the same numbers are one file.
  package var device: UInt64
  package var inode: UInt64
}

/// The system calls this module needs, each with its return value turned into a result. Nothing above sees `errno`.
enum SystemCalls {
  private static func check(_ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(code: errno) }
    return result
  }

  /// Calls `body` with a directory and a name in it that together lead to `path`.
  ///
  /// The system takes no path of more than `longestPath` bytes at once, and a tree can be deeper: what is longer
  /// is gone down in parts.
  private static func locate<R>(_ path: EvidencePath, _ body: (Int32, UnsafePointer<CChar>) -> R) throws(SystemError)
    -> R
  {
    guard !path.bytes.contains(0) else { throw SystemError(code: ENOENT) }
    var rest = path.bytes[...]
    var directory = AT_FDCWD
    defer { if directory != AT_FDCWD { close(directory) } }
    while rest.count > longestPath {
      guard let slash = rest.prefix(longestPath).lastIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else {
        throw SystemError(code: ENAMETOOLONG)
      }
      let opened = unsafe withCString(rest[..<slash]) { unsafe openat(directory, $0, O_PATH | O_DIRECTORY | O_CLOEXEC) }
      let next = try check(opened)
      if directory != AT_FDCWD { close(directory) }
      directory = next
      rest = rest[slash...].drop { $0 == UInt8(ascii: "/") }
    }
    return unsafe withCString(rest) { unsafe body(directory, $0) }
  }

  /// `PATH_MAX` less the zero at the end.
  private static let longestPath = 4095
  private static let O_PATH: Int32 = 0o10000000

  private static func withCString<R>(_ bytes: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> R) -> R {
    let characters = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe characters.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return unsafe body("") }
      return unsafe body(base)
    }
  }

  /// Opens for reading only. The access time is left alone where the system allows it; a FIFO does not block.
  static func openForReading(_ path: EvidencePath, _ extraFlags: Int32 = 0) throws(SystemError) -> Int32 {
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | extraFlags
    let quiet = unsafe try locate(path) { unsafe openat($0, $1, flags | O_NOATIME) }
    if quiet >= 0 { return quiet }
    // Only the owner of a file may leave its access time alone.
    guard errno == EPERM else { throw SystemError(code: errno) }
    return try check(unsafe locate(path) { unsafe openat($0, $1, flags) })
  }

  private static let O_NOATIME: Int32 = 0o1000000

  /// Reads up to `count` bytes; an empty array at the end of the file.
  ///
  /// - Parameter offset: where to read; `nil` reads on where the last call ended.
  static func read(_ descriptor: Int32, at offset: Int? = nil, upTo count: Int) throws(SystemError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized...])
        let got =
          if let offset {
            unsafe pread(descriptor, rest.baseAddress, rest.count, offset &+ initialized)
          } else {
            unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
          }
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        initialized += got
      }
    }
    if failure != 0 && bytes.isEmpty { throw SystemError(code: failure) }
    return bytes
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
    let flags = following ? 0 : AT_SYMLINK_NOFOLLOW
    _ = try check(unsafe locate(path) { unsafe fstatat($0, $1, &raw, flags) })
    return FileStatus(raw)
  }

  /// The path with every link resolved; not for paths longer than the system takes at once.
  static func resolved(_ path: EvidencePath) throws(SystemError) -> EvidencePath {
    let found: [UInt8]? = unsafe try locate(path) { directory, name in
      guard directory == AT_FDCWD else {
        errno = ENAMETOOLONG
        return nil
      }
      guard let real = unsafe realpath(name, nil) else { return nil }
      defer { unsafe free(real) }
      return unsafe Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    }
    guard let found else { throw SystemError(code: errno) }
    return EvidencePath(bytes: found)
  }

  /// What is in a directory, unsorted, without `.` and `..`. Links stand for themselves.
  static func entries(in path: EvidencePath) throws(SystemError) -> [(
    name: [UInt8], status: Result<FileStatus, SystemError>
  )] {
    let directory = try openForReading(path, O_DIRECTORY)
    guard let stream = unsafe fdopendir(directory) else {
      close(directory)
      throw SystemError(code: errno)
    }
    // This closes the directory too.
    defer { unsafe closedir(stream) }
    var entries: [(name: [UInt8], status: Result<FileStatus, SystemError>)] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      if name != [0x2e] && name != [0x2e, 0x2e] { entries.append((name, status(name, in: directory))) }
      errno = 0
    }
    guard errno == 0 else { throw SystemError(code: errno) }
    return entries
  }

  private static func status(_ name: [UInt8], in directory: Int32) -> Result<FileStatus, SystemError> {
    var raw = stat()
    let result = unsafe withCString(name[...]) { unsafe fstatat(directory, $0, &raw, AT_SYMLINK_NOFOLLOW) }
    return result == 0 ? .success(FileStatus(raw)) : .failure(SystemError(code: errno))
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
    device = UInt64(raw.st_dev)
    inode = UInt64(raw.st_ino)
  }
}
