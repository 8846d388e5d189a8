import Foundation

/// State shared by threads that wait for each other: a lock, a condition, and what they protect.
///
/// Unchecked because the compiler cannot see that `condition`'s lock is held around every access to `state`, which is
/// private and touched in the two methods below only. `Mutex` has no condition to wait on.
final class Monitor<State>: @unchecked Sendable {
  private let condition = NSCondition()
  private var state: State

  init(_ state: sending State) { self.state = state }

  /// Changes the state and wakes whoever waits for a change.
  func withLock<R>(_ body: (inout State) -> R) -> R {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return body(&state)
  }

  /// Waits until `body` has an answer, looking again after every change.
  func wait<R>(until body: (inout State) -> R?) -> R {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    while true {
      if let answer = body(&state) { return answer }
      condition.wait()
    }
  }
}
