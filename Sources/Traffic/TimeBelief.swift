import Records

/// Which packet times of a capture are believed.
///
/// An attacker or a damaged record can state any time. A single time that lies far from those before and after it, where these
/// are near each other, is not believed: its packet gets the time of its neighbour. Times that several packets in a row agree
/// on are another clock, such as one that was set while the capture ran; they are kept. So a packet whose time lies far from
/// the one before waits for the packets behind it.
struct TimeBelief {
  /// A packet that waits.
  struct Waiting {
    var packet: CapturedPacket
    var bytes: [UInt8]
    var position: PacketPosition
    /// Its time was not believed.
    var isOutlier = false
    /// The time of an outlier as its record states it.
    var stated: CaptureTime?
    /// Its time was believed and lies more than `jump` from the one before.
    var isJump = false

    fileprivate var time: Int64 { packet.time.nanoseconds }
  }

  /// Times of one clock: the capture between two jumps.
  private struct Run {
    var low: Int64, high: Int64, count = 1
  }

  /// Nanoseconds up to which a time is near another.
  private static let near: UInt64 = 86_400 * 1_000_000_000
  /// Nanoseconds beyond which a clock is taken to have jumped. A capture may be quiet for months.
  private static let jump: UInt64 = 365 * 86_400 * 1_000_000_000
  /// Packets in a row that make a clock.
  private static let agreement = 3
  /// Runs told apart; later ones are counted to the last.
  private static let runLimit = 64

  private var latest: Int64?
  private var waiting: [Waiting] = []
  private var runs: [Run] = []
  private var run: Run?

  var isWaiting: Bool { !waiting.isEmpty }

  /// Takes the next packet's time at once, where that is clear and no packet waits.
  ///
  /// - Returns: `false` when the packet has to `wait`.
  @inline(__always) mutating func takes(_ time: CaptureTime) -> Bool {
    guard let latest, waiting.isEmpty, Self.isNear(time.nanoseconds, latest) else { return false }
    believe(time.nanoseconds)
    return true
  }

  /// Lets a packet wait, and hands back those for which it is decided, in their order, with the times to be used.
  mutating func wait(_ packet: Waiting) -> [Waiting] {
    waiting.append(packet)
    var decided: [Waiting] = []
    while let next = settle(), !next.isEmpty { decided += next }
    return decided
  }

  /// Hands back what still waits: the capture has ended.
  mutating func finish() -> [Waiting] {
    guard let first = waiting.first else { return [] }
    let packets = waiting
    if let latest {
      // Few packets with a time of their own at the end of many.
      let isStray = packets.allSatisfy { Self.distance($0.time, latest) > Self.jump } && total >= 3 * packets.count
      return release(packets.count, outliers: isStray ? packets.count : 0, at: latest)
    }
    latest = first.time
    return release(packets.count, outliers: 0, at: first.time)
  }

  /// Begins the next capture of a recording, whose span is its own. The clock goes on.
  mutating func beginNext() {
    runs = []
    run = nil
  }

  // MARK: The span

  private var total: Int { runs.reduce(run?.count ?? 0) { $0 + $1.count } }

  /// Earliest and latest believed time, without clocks that less than a tenth of the packets have, and those as a clause.
  var span: (first: CaptureTime, last: CaptureTime, leftOut: String?)? {
    guard let run else { return nil }
    var clocks: [Run] = []
    for next in (runs + [run]).sorted(by: { $0.low < $1.low }) {
      if let last = clocks.last, Self.distance(next.low, max(last.high, last.low)) <= Self.jump || next.low <= last.high
      {
        clocks[clocks.count - 1].high = max(last.high, next.high)
        clocks[clocks.count - 1].count += next.count
      } else {
        clocks.append(next)
      }
    }
    let total = total
    let bulk = clocks.filter { $0.count * 10 >= total }
    let kept = bulk.isEmpty ? clocks : bulk
    let few = clocks.filter { clock in !kept.contains { $0.low == clock.low } }
    let first = kept.map(\.low).min() ?? run.low, last = kept.map(\.high).max() ?? run.high
    return (CaptureTime(nanoseconds: first), CaptureTime(nanoseconds: last), few.isEmpty ? nil : Self.clause(few))
  }

  private static func clause(_ clocks: [Run]) -> String {
    let number = clocks.reduce(0) { $0 + $1.count }
    let low = CaptureTime(nanoseconds: clocks.map(\.low).min() ?? 0).rfc3339
    let high = CaptureTime(nanoseconds: clocks.map(\.high).max() ?? 0).rfc3339
    return
      "the capture's first and last time leave out \(number == 1 ? "the packet of \(low)" : "the \(number) packets from \(low) to \(high)")"
  }

  // MARK: Decisions

  /// Decides on the packet that has waited longest, and on those it belongs with; `nil` where more must come.
  private mutating func settle() -> [Waiting]? {
    guard let first = waiting.first, let last = waiting.last else { return nil }
    guard let latest else { return begin(first, last) }
    if Self.isNear(last.time, latest) { return release(waiting.count, outliers: waiting.count - 1, at: latest) }
    guard waiting.count > 1 else { return nil }
    let before = waiting[waiting.count - 2]
    if Self.isNear(last.time, before.time) {
      let agreeing = waiting.reversed().prefix { Self.isNear($0.time, last.time) }.count
      guard agreeing >= Self.agreement else { return nil }
      return release(waiting.count, outliers: waiting.count - agreeing, at: latest)
    }
    // Nobody agrees. A quiet capture has all its packets far apart, but it goes one way.
    let goesOneWay = latest < before.time && before.time < last.time || latest > before.time && before.time > last.time
    return release(waiting.count - 1, outliers: goesOneWay ? 0 : waiting.count - 1, at: latest)
  }

  /// The capture's first packets: of two that are more than a year apart the third decides.
  private mutating func begin(_ first: Waiting, _ last: Waiting) -> [Waiting]? {
    switch waiting.count {
    case 1: return nil
    case 2 where Self.isNear(first.time, last.time):
      latest = first.time
      return release(2, outliers: 0, at: first.time)
    case 2 where Self.distance(first.time, last.time) > Self.jump: return nil
    default:
      let isSecondBorneOut = waiting.count > 2 && Self.isNear(waiting[1].time, last.time)
      let isFirstBorneOut = Self.isNear(first.time, last.time)
      latest = isSecondBorneOut && !isFirstBorneOut ? waiting[1].time : first.time
      return release(1, outliers: isSecondBorneOut && !isFirstBorneOut ? 1 : 0, at: latest ?? first.time)
    }
  }

  /// Lets go of the packets that have waited longest, of which the first so many are outliers.
  private mutating func release(_ number: Int, outliers: Int, at time: Int64) -> [Waiting] {
    var released = Array(waiting.prefix(number))
    waiting.removeFirst(number)
    for index in released.indices {
      if index < outliers, !Self.isNear(released[index].time, time) {
        released[index].isOutlier = true
        released[index].stated = released[index].packet.time
        released[index].packet.time = CaptureTime(nanoseconds: time)
        enter(time)
      } else {
        released[index].isJump = believe(released[index].time)
      }
    }
    return released
  }

  /// - Returns: whether the clock jumped.
  @discardableResult @inline(__always) private mutating func believe(_ time: Int64) -> Bool {
    let before = latest ?? time
    latest = time
    guard Self.distance(time, before) > Self.jump else {
      enter(time)
      return false
    }
    if let run, runs.count < Self.runLimit {
      runs.append(run)
      self.run = nil
    }
    enter(time)
    return true
  }

  @inline(__always) private mutating func enter(_ time: Int64) {
    guard run != nil else { return run = Run(low: time, high: time) }
    run?.count += 1
    if let low = run?.low, time < low { run?.low = time }
    if let high = run?.high, time > high { run?.high = time }
  }

  /// Nanoseconds between two times; they may be as far apart as they can be stored.
  private static func distance(_ a: Int64, _ b: Int64) -> UInt64 {
    let (distance, overflow) = a.subtractingReportingOverflow(b)
    return overflow ? .max : distance.magnitude
  }

  private static func isNear(_ a: Int64, _ b: Int64) -> Bool { distance(a, b) <= near }
}
