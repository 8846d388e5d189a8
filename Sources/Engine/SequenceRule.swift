package import Records

/// How a capture follows the one before it in its series, by the times of the packets on both sides of the boundary.
package enum SequenceRule {
  /// A silence beyond which captures are taken for recordings of their own. Shorter ones are left to the flow policy, whose
  /// timeout ends what has ended.
  package static let longestSilence: Int64 = 3600 * 1_000_000_000
  /// How far a rotated capture may reach into the next, where that begins in its second half: writers with several queues
  /// do not cut sharply.
  package static let longestOverlap: Int64 = 1_000_000_000
  /// How far it may reach into the next wherever that begins: captures of a few packets have packets out of order too.
  package static let disorder: Int64 = 10_000_000

  package enum Step: Sendable, Equatable {
    /// The same recording goes on.
    case continues
    /// The recording has stopped in between.
    case pauses
    /// Recorded at the same time.
    case overlaps
  }

  /// Nanoseconds from one time to another, kept in range: times are whatever an attacker wrote.
  package static func gap(from start: CaptureTime, to end: CaptureTime) -> Int64 {
    let (gap, overflow) = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    return overflow ? (end > start ? .max : .min) : gap
  }

  /// - Parameters:
  ///   - opening, final: times of the first and the last packet of the capture before, in their order in it.
  ///   - next: time of the first packet of this one.
  package static func step(opening: CaptureTime, final: CaptureTime, next: CaptureTime) -> Step {
    let gap = gap(from: final, to: next)
    if gap > longestSilence { return .pauses }
    if gap >= 0 { return .continues }
    guard gap >= -longestOverlap else { return .overlaps }
    // A short capture recorded at the same time lies within a second too.
    let sinceOpening = self.gap(from: opening, to: next)
    return sinceOpening > 0 && -gap < max(sinceOpening, disorder) ? .continues : .overlaps
  }
}
