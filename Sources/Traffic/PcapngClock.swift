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
    if raw & 0x80 != 0 {
      if exponent <= 63 { ticksPerSecond = 1 << UInt64(exponent) }
    } else if exponent <= 19 {
      ticksPerSecond = (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
  }

  /// The time of a tick count, clamped to what `CaptureTime` can hold, and whether it had to be.
  func time(_ ticks: UInt64) -> (time: CaptureTime, isClamped: Bool) {
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: ticksPerSecond)
    let product = rest.multipliedFullWidth(by: 1_000_000_000)
    let fraction = ticksPerSecond.dividingFullWidth((product.high, product.low)).quotient
    let limit: Int64 = Int64.max / 1_000_000_000 - 1
    let (sum, overflow) = Int64(min(seconds, UInt64(limit))).addingReportingOverflow(offsetSeconds)
    let clamped = overflow ? (offsetSeconds < 0 ? -limit : limit) : min(max(sum, -limit), limit)
    let isClamped = overflow || clamped != sum || seconds > UInt64(limit)
    return (CaptureTime(nanoseconds: clamped * 1_000_000_000 + Int64(fraction)), isClamped)
  }
}
