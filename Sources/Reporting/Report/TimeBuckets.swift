import Records

/// Counts by hour and label, taken together in as many buckets as a chart has room for.
struct TimeBuckets {
  private(set) var places: [String] = []
  private(set) var series: [(name: String, values: [Double?])] = []
  /// What a bucket is, such as `each 1 h`.
  private(set) var width = "each 1 h"
  /// Flows so far from all others in time that they would leave no room for these; they are in no bucket.
  private(set) var outside: Int64 = 0
  /// The days on which those began, such as `1970-01-01 to 1970-01-02`; empty where there are none.
  private(set) var outsideDays = ""

  private static let buckets: Int64 = 40
  /// Series that can be told apart; the rest is one.
  private static let labels = 7

  /// - Parameter counts: hours since 1970 UTC, whatever a capture says they are.
  init(_ all: [(hour: Int64, label: String, flows: Int64)]) {
    let counts = Self.central(Self.bulk(all))
    outside = all.reduce(0) { $0 + $1.flows } - counts.reduce(0) { $0 + $1.flows }
    let drawn = Set(counts.map(\.hour)), others = all.map(\.hour).filter { !drawn.contains($0) }
    if let first = others.min(), let last = others.max() {
      outsideDays = first / 24 == last / 24 ? Self.day(first) : "\(Self.day(first)) to \(Self.day(last))"
    }
    guard let first = counts.map(\.hour).min(), let last = counts.map(\.hour).max() else { return }
    let span = last - first + 1
    // Days where hours are too many, then weeks, then what fits.
    let size = [1, 2, 3, 6, 12, 24, 48, 168].first { span / $0 < Self.buckets } ?? (span / Self.buckets / 24 + 1) * 24
    let start = size >= 24 ? first - (first % 24 + 24) % 24 : first
    let count = Int((last - start) / size) + 1
    width = size % 24 == 0 ? "each \(size / 24) d" : "each \(size) h"
    var totals: [String: Int64] = [:]
    for entry in counts { totals[entry.label, default: 0] += entry.flows }
    let named = totals.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.labels).map(\.key)
    var values = Array(repeating: Array(repeating: 0.0, count: count), count: named.count + 1)
    for entry in counts {
      let row = named.firstIndex(of: entry.label) ?? named.count
      values[row][min(max(Int((entry.hour - start) / size), 0), count - 1)] += Double(entry.flows)
    }
    places = (0..<count).map { index in
      let time = CaptureTime(nanoseconds: Int64(clamping: (start + Int64(index) * size) * 3600) &* 1_000_000_000)
        .rfc3339
      return size >= 24 ? String(time.prefix(10)) : "\(time.dropFirst(5).prefix(5)) \(time.dropFirst(11).prefix(2))h"
    }
    series = named.enumerated().map { (name: $1, values: values[$0].map { Optional($0) }) }
    if totals.count > named.count {
      series.append((name: "\(totals.count - named.count) others", values: values[named.count].map { Optional($0) }))
    }
  }

  private static func day(_ hour: Int64) -> String {
    String(CaptureTime(nanoseconds: Int64(clamping: hour * 3600) &* 1_000_000_000).rfc3339.prefix(10))
  }

  /// Hours that part the times of one clock from those of another: a year.
  private static let jump: Int64 = 8760

  /// The counts without those more than a year from all others that have less than a quarter of the flows.
  private static func bulk(_ counts: [(hour: Int64, label: String, flows: Int64)]) -> [(
    hour: Int64, label: String, flows: Int64
  )] {
    var clocks: [(hours: ClosedRange<Int64>, flows: Int64)] = []
    for entry in counts.sorted(by: { $0.hour < $1.hour }) {
      if let last = clocks.last, entry.hour - last.hours.upperBound <= jump {
        clocks[clocks.count - 1] = (last.hours.lowerBound...entry.hour, last.flows + entry.flows)
      } else {
        clocks.append((entry.hour...entry.hour, entry.flows))
      }
    }
    let quarter = counts.reduce(0) { $0 + $1.flows } / 4, most = clocks.map(\.flows).max() ?? 0
    let drawn = clocks.filter { $0.flows >= min(quarter + 1, most) }
    return counts.filter { entry in drawn.contains { $0.hours.contains(entry.hour) } }
  }

  /// The counts without those at the ends, at most a hundredth of the flows on each side, where that shortens the span to a
  /// quarter: a few damaged times would make a chart of centuries.
  private static func central(_ counts: [(hour: Int64, label: String, flows: Int64)]) -> [(
    hour: Int64, label: String, flows: Int64
  )] {
    var flowsOfHour: [Int64: Int64] = [:]
    for entry in counts { flowsOfHour[entry.hour, default: 0] += entry.flows }
    let hours = flowsOfHour.keys.sorted()
    guard let first = hours.first, let last = hours.last else { return counts }
    let share = flowsOfHour.values.reduce(0, +) / 100
    let end = { (hours: [Int64]) -> Int64? in
      var left = share
      return hours.first { hour in
        left -= flowsOfHour[hour] ?? 0
        return left < 0
      }
    }
    let low: Int64 = end(hours) ?? first, high: Int64 = end(hours.reversed()) ?? last
    let isShorter = (high - low + 1) * 4 <= last - first
    guard low <= high, isShorter else { return counts }
    return counts.filter { (low...high).contains($0.hour) }
  }
}
