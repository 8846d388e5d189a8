import Records
import Testing

@testable import Reporting

/// Charts and spans follow the bulk, and name what lies far from it.
@Suite struct BulkTests {
  private let now: Int64 = 472_222

  @Test func aFewFlowsOfAnotherCenturyAreNamedAndNotDrawn() {
    let flows: [(hour: Int64, label: String, flows: Int64)] = [(0, "a", 2), (now, "a", 5), (now + 3, "b", 4)]
    let buckets = TimeBuckets(flows)
    #expect(buckets.places.count == 4)
    #expect(buckets.outside == 2 && buckets.outsideDays == "1970-01-01")
    let late = TimeBuckets(flows.dropFirst() + [(now + 720_000, "a", 1), (now + 720_100, "a", 1)])
    #expect(late.places.count == 4 && late.outside == 2)
    #expect(late.outsideDays.hasPrefix("2106-"))
    #expect(TimeBuckets([(now - 20_000, "a", 5), (now, "a", 5)]).outside == 0)
  }

  @Test func capturesOfAnotherClockAreNamedBesideTheSpan() {
    let second = { (hour: Int64) in CaptureTime(nanoseconds: hour * 3600 * 1_000_000_000) }
    let span = CaptureSpan([(second(0), second(1), 5), (second(now), second(now + 2), 1000)])
    #expect(span.text.hasPrefix("2023-11-14 22:00:00 to 2023-11-15 00:00:00 UTC; 5 packets"))
    #expect(span.text.contains("1970-01-01 00:00:00 to 1970-01-01 01:00:00"))
    #expect(CaptureSpan([]).text == "no packets")
  }
}
