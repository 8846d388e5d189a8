package import Records

/// The time-based features of a flow (Draper-Gil, Lashkari et al. 2016), kept up packet by packet over the whole flow.
///
/// What each feature means was worked out from the tables published with the paper (ISCX VPN-nonVPN 2016, scenario A1),
/// which it reproduces: times are whole microseconds; a gap of more than a second ends a period of activity; `idle` is
/// such a gap, and `active` runs from the start of a period to the end of the gap that ends it, so that it includes the
/// idle time and leaves out the last period. Deviations are those of a sample (n - 1). Where there are no values least
/// and largest are -1, mean and deviation 0.
package struct FlowTimeStatistics: Sendable, Equatable {
  private var first: Int64 = 0
  private var latest: Int64 = 0
  private var latestForward: Int64?
  private var latestBackward: Int64?
  private var activeSince: Int64 = 0
  private var packets = 0
  private var bytes = 0
  private var forward = RunningSummary(), backward = RunningSummary(), flow = RunningSummary()
  private var active = RunningSummary(), idle = RunningSummary()

  /// Microseconds of silence after which a flow is idle.
  private static let idleThreshold: Int64 = 1_000_000

  package init() {}

  /// Takes in the flow's next packet. One that is earlier than those before it counts as if it came with the latest.
  ///
  /// - Parameters:
  ///   - fromOriginator: the direction the features call forward. - ipBytes: length of the IP packet on the wire.
  package mutating func add(time: CaptureTime, fromOriginator: Bool, ipBytes: Int) {
    let moment = packets == 0 ? Self.microseconds(time) : max(Self.microseconds(time), latest)
    if packets == 0 {
      (first, activeSince) = (moment, moment)
    } else {
      let gap = moment - latest
      flow.add(gap)
      if gap > Self.idleThreshold {
        active.add(moment - activeSince)
        idle.add(gap)
        activeSince = moment
      }
    }
    if fromOriginator {
      if let latestForward { forward.add(moment - latestForward) }
      latestForward = moment
    } else {
      if let latestBackward { backward.add(moment - latestBackward) }
      latestBackward = moment
    }
    latest = moment
    packets += 1
    bytes &+= ipBytes
  }

  /// Turns the directions round, when it shows that the other end was the originator.
  package mutating func swapEnds() {
    swap(&forward, &backward)
    swap(&latestForward, &latestBackward)
  }

  /// Rounded down; the whole range of times stays far from the ends of `Int64`, so that differences cannot overflow.
  private static func microseconds(_ time: CaptureTime) -> Int64 {
    let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// Names of the features in the order of `features`: those of the published 60 s table.
  package static let names =
    ["duration"] + ["min", "max", "mean", "std"].flatMap { ["\($0)_fiat", "\($0)_biat"] }
    + ["flowPktsPerSecond", "flowBytesPerSecond"]
    + ["min", "max", "mean", "std"].map { "\($0)_flowiat" }
    + ["active", "idle"].flatMap { name in ["min", "mean", "max", "std"].map { "\($0)_\(name)" } }

  /// Microseconds, but for the two rates, which are packets and bytes a second; rates are 0 where the duration is.
  package var features: [Double] {
    let duration = latest - first
    let seconds = Double(duration) / 1_000_000
    let both = [
      [Double(forward.least), Double(backward.least)], [Double(forward.largest), Double(backward.largest)],
      [forward.mean, backward.mean], [forward.deviation, backward.deviation],
    ]
    let periods = [active, idle].flatMap { [Double($0.least), $0.mean, Double($0.largest), $0.deviation] }
    return [Double(duration)] + both.joined()
      + [seconds > 0 ? Double(packets) / seconds : 0, seconds > 0 ? Double(bytes) / seconds : 0]
      + [Double(flow.least), Double(flow.largest), flow.mean, flow.deviation] + periods
  }
}
