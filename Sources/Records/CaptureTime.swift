/// A moment read from a capture: integer nanoseconds since 1970-01-01T00:00:00Z, never from the clock.
///
/// The range of `Int64` covers the years 1677 to 2262; readers clamp what lies outside it and say so.
package struct CaptureTime: Sendable, Hashable, Comparable {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

  /// RFC 3339 in UTC with nine fractional digits, such as `2015-04-29T16:25:27.323512000Z`.
  package var rfc3339: String {
    let perDay: Int64 = 86_400 * 1_000_000_000
    let (wholeDays, rest) = nanoseconds.quotientAndRemainder(dividingBy: perDay)
    let days = rest < 0 ? wholeDays - 1 : wholeDays
    let inDay = rest < 0 ? rest + perDay : rest
    let (year, month, day) = Self.civil(daysSince1970: days)
    let seconds = inDay / 1_000_000_000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, 2) }.joined(separator: ":")
    let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    return "\(date)T\(clock).\(Self.padded(inDay % 1_000_000_000, 9))Z"
  }

  /// The proleptic Gregorian date of a day number, by counting 400-year eras that begin on 1 March of year 0.
  private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSince1970 + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
