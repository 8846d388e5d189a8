import Evidence
import Glibc

/// The system calls that write outputs. Nothing above sees `errno`.
enum OutputCalls {
  private static func check(_ result: Int32) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw SystemError(code: errno) }
    return result
  }

  /// Makes a new file that no link leads to.
  static func create(_ path: String) throws(SystemError) -> Int32 {
    try check(unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666))
  }

  /// Opens a file made by `create` again, at its end.
  static func append(_ path: String) throws(SystemError) -> Int32 {
    try check(unsafe open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC))
  }

  /// Opens what is there: a device, a named pipe.
  static func openExisting(_ path: String) throws(SystemError) -> Int32 {
    try check(unsafe open(path, O_WRONLY | O_CLOEXEC))
  }

  static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
    try check(fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw SystemError(code: written < 0 ? errno : EIO) }
      rest = rest.dropFirst(written)
    }
  }

  static func synchronize(_ descriptor: Int32) throws(SystemError) { _ = try check(fsync(descriptor)) }

  /// Makes the names in a directory last; not every file system can.
  static func synchronize(directory: String) {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = Glibc.close(descriptor)
  }

  static func close(_ descriptor: Int32) throws(SystemError) { _ = try check(Glibc.close(descriptor)) }

  /// Permissions of a file, as far as they are for users.
  static func permissions(_ path: String) -> mode_t? {
    var raw = stat()
    return unsafe stat(path, &raw) == 0 ? raw.st_mode & 0o777 : nil
  }

  static func setPermissions(_ mode: mode_t, of path: String) { _ = unsafe chmod(path, mode) }

  static func rename(_ path: String, to target: String) throws(SystemError) {
    _ = try check(unsafe Glibc.rename(path, target))
  }

  static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// Whether files can be made in a directory.
  static func mayWrite(in directory: String) throws(SystemError) {
    _ = try check(unsafe access(directory, W_OK | X_OK))
  }

  /// What an open descriptor leads to.
  static func status(_ descriptor: Int32) -> (kind: mode_t, identity: FileIdentity)? {
    var raw = stat()
    guard unsafe fstat(descriptor, &raw) == 0 else { return nil }
    return (raw.st_mode & S_IFMT, FileIdentity(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino)))
  }

  static let regularFile = S_IFREG, namedPipe = S_IFIFO
  static let brokenPipe = EPIPE
}

/// What a file is, whatever it is called.
struct FileIdentity: Hashable, Sendable {
  var device: UInt64, inode: UInt64

  init(device: UInt64, inode: UInt64) { (self.device, self.inode) = (device, inode) }
  init(_ status: FileStatus) { self.init(device: status.device, inode: status.inode) }

  /// - Returns: `nil` where the path leads nowhere.
  init?(_ path: EvidencePath) {
    guard let status = try? path.status() else { return nil }
    self.init(status)
  }
}
