import Glibc

/// CPU time of the calling thread: unlike the clock on the wall, it is the same however busy the machine is.
enum ThreadTime {
  /// Seconds since the thread began.
  static var seconds: Double {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
