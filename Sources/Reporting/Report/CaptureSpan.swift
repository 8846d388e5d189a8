import Records

/// The time that the captures of a case span: that of the bulk, with those made by another clock named beside it.
struct CaptureSpan {
  typealias Part = (first: CaptureTime, last: CaptureTime, packets: Double)

  private var bulk: Part?
  private var others: Part?

  /// Nanoseconds that part one clock from another: a year.
  private static let jump: UInt64 = 365 * 86_400 * 1_000_000_000

  /// - Parameter parts: captures taken together, by their first time.
  init(_ parts: [Part]) {
    var clocks: [Part] = []
    for part in parts {
      guard let before = clocks.last, !Self.isFar(before.last, part.first) else {
        clocks.append(part)
        continue
      }
      clocks[clocks.count - 1] = Self.joined([before, part]) ?? part
    }
    let total = clocks.reduce(0) { $0 + $1.packets }, most = clocks.map(\.packets).max() ?? 0
    let isMany = { (clock: Part) in clock.packets >= min(total / 10, most) }
    bulk = Self.joined(clocks.filter(isMany))
    others = Self.joined(clocks.filter { !isMany($0) })
  }

  /// Such as `2024-05-01 08:00:00 to 2024-05-02 17:30:00 UTC`.
  var text: String {
    guard let bulk else { return "no packets" }
    guard let others else { return "\(Self.text(bulk)) UTC" }
    return
      "\(Self.text(bulk)) UTC; \(ReportFigure.count(Int64(others.packets))) packets of other captures lie far from these (\(Self.text(others)))"
  }

  private static func text(_ part: Part) -> String {
    [part.first, part.last].map { $0.rfc3339.prefix(19).replacing("T", with: " ") }.joined(separator: " to ")
  }

  private static func isFar(_ a: CaptureTime, _ b: CaptureTime) -> Bool {
    let (distance, overflow) = b.nanoseconds.subtractingReportingOverflow(a.nanoseconds)
    return b > a && (overflow || distance.magnitude > jump)
  }

  private static func joined(_ parts: [Part]) -> Part? {
    guard let first = parts.map(\.first).min(), let last = parts.map(\.last).max() else { return nil }
    return (first, last, parts.reduce(0) { $0 + $1.packets })
  }
}
