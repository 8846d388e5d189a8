import Foundation
import Glibc
import Synchronization

/// Files that are being written beside their place. An interrupt takes them away before it ends the program.
///
/// A signal's handler may do little: it writes the signal's number into a pipe, and a thread that waits there removes the
/// files and lets the signal take its course. What SIGKILL leaves behind is called `.flowcase-….part`.
enum UnfinishedFiles {
  private static let paths = Mutex<Set<String>>([])
  private static let wake = Atomic<Int32>(-1)
  private static let isWatching = Mutex(false)

  static func add(_ path: String) {
    watch()
    paths.withLock { _ = $0.insert(path) }
  }

  static func forget(_ path: String) { paths.withLock { _ = $0.remove(path) } }

  /// A name beside a file, that nobody else has.
  static func name(beside target: String) -> String {
    let directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? ""
    return "\(directory).flowcase-\(String(UInt64.random(in: 0...UInt64.max), radix: 16)).part"
  }

  private static func watch() {
    let isFirst = isWatching.withLock { watching in
      defer { watching = true }
      return !watching
    }
    var ends: [Int32] = [-1, -1]
    guard isFirst, unsafe pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = ends[0]
    wake.store(ends[1], ordering: .sequentiallyConsistent)
    Thread.detachNewThread {
      var number: UInt8 = 0
      while unsafe read(reading, &number, 1) == 1 {
        paths.withLock { for path in $0 { _ = unsafe unlink(path) } }
        signal(Int32(number), SIG_DFL)
        kill(getpid(), Int32(number))
      }
    }
    for number in [SIGINT, SIGTERM, SIGHUP] { handle(number) }
  }

  /// A signal that is ignored stays so, as under nohup; one that a command handles itself stays with it.
  private static func handle(_ number: Int32) {
    var now = sigaction()
    guard unsafe sigaction(number, nil, &now) == 0 else { return }
    guard unsafe now.__sigaction_handler.sa_handler == nil else { return }
    signal(number) { number in
      var byte = UInt8(truncatingIfNeeded: number)
      _ = unsafe write(UnfinishedFiles.wake.load(ordering: .sequentiallyConsistent), &byte, 1)
    }
  }
}
