/// The time a capture has reached, for the timeouts of its flows.
///
/// Packets are not always in order, and an attacker or a damaged record can state any time. So two packets in a row have to
/// agree before the clock moves on, and the more the capture has gone back in time, the longer flows are kept for
/// stragglers.
struct CaptureClock {
  /// Nanoseconds by which packets of an orderly capture may be late.
  private static let tolerance: Int64 = 5_000_000_000
  /// The most that flows are kept open for a disorderly one.
  private static let toleranceLimit: Int64 = 3_600_000_000_000

  private var previous = Int64.min
  private var latest = Int64.min
  private var disorder: Int64 = 0
  /// The earlier of the last two packets' times.
  private(set) var now = Int64.min

  /// Moves to the time of the next packet.
  mutating func tick(_ time: Int64) {
    now = min(previous, time)
    previous = time
    if now > latest {
      latest = now
    } else if time < latest {
      let (back, overflow) = latest.subtractingReportingOverflow(time)
      disorder = max(disorder, overflow ? Self.toleranceLimit : min(back, Self.toleranceLimit))
    }
  }

  /// A time before which no packet is expected any more.
  var safePast: Int64 { Self.sum(now, -max(disorder, Self.tolerance)) }

  /// Addition that stays at the ends of the range: capture times are whatever an attacker wrote.
  static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? (b > 0 ? .max : .min) : sum
  }
}
