import Records

/// How one pcapng interface counts time (options if_tsresol and if_tsoffset).
struct PcapngClock {
  /// Ticks a second: a power of ten or of two.
  private var ticksPerSecond: UInt64 = 1_000_000
  var offsetSeconds: Int64 = 0

  /// - Parameter raw: the option's byte: the negative exponent, of 2 where the top bit is set, else of 10. Resolutions
  ///   finer than 64 bits can count are left at the default of a microsecond.
  mutating func setResolution(_ raw: UInt8) {
    let exponent = Int(raw & 0x7f)
    let isBinary = raw & 0x80 != 0
    guard exponent <= (isBinary ? 63 : 19) else { return }
    ticksPerSecond = isBinary ? 1 << UInt64(exponent) : (0..<exponent).reduce(1) { power, _ in power * 10 }
    resolution = "\(isBinary ? 2 : 10)^-\(exponent) s"
  }

  /// The time of a tick count, clamped to what `CaptureTime` can hold, and whether it had to be.
  func time(_ ticks: UInt64) -> (time: CaptureTime, isClamped: Bool) {
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: ticksPerSecond)
    let fraction = Self.fraction(rest, perSecond: ticksPerSecond)
    let limit: Int64 = Int64.max / 1_000_000_000 - 1
    let (sum, overflow) = Int64(clamping: seconds).addingReportingOverflow(offsetSeconds)
    let clamped = overflow ? (offsetSeconds < 0 ? -limit : limit) : min(max(sum, -limit), limit)
    let isClamped = overflow || clamped != sum || seconds > UInt64(Int64.max)
    return (CaptureTime(nanoseconds: clamped * 1_000_000_000 + Int64(fraction)), isClamped)
  }

  /// Nanoseconds of less than a second's ticks.
  private static func fraction(_ rest: UInt64, perSecond: UInt64) -> UInt64 {
    let product = rest.multipliedFullWidth(by: 1_000_000_000)
    return perSecond.dividingFullWidth((product.high, product.low)).quotient
  }

  /// Nanoseconds of a tick count; the largest number where that is more than can be counted.
  ///
  /// - Parameter perSecond: ticks a second; not 0.
  static func nanoseconds(_ ticks: UInt64, perSecond: UInt64) -> Int64 {
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: perSecond)
    guard seconds < UInt64(Int64.max) / 1_000_000_000 else { return .max }
    return Int64(seconds) * 1_000_000_000 + Int64(fraction(rest, perSecond: perSecond))
  }

  /// The resolution as people write it, such as `10^-6 s`.
  private(set) var resolution = "10^-6 s"
}
