import Engine
import Evidence
import Records
import Testing

@Suite struct SeriesNameTests {
  private func name(_ path: String) -> SeriesName { SeriesName(Array(path.utf8)) }

  @Test(arguments: [
    ["d/x.pcap", "d/x.pcap1", "d/x.pcap12", "d/x.pcap3.gz", "d/x.pcap.4", "d/x.PCAP5"],
    ["d/x_00001_20260101120000.pcapng", "d/x_00002_20260101130000.pcapng.zst", "d/x_9_1.pcap"],
    ["d/cap-2026-01-01T12:00:00.cap", "d/cap-2026-01-01T13:00:00.cap.xz"],
    ["1.pcap", "22.pcap.gz"],
  ])
  func namesOfOneRecordingFallTogether(names: [String]) {
    for other in names { #expect(name(other) == name(names[0]), "\(other)") }
  }

  @Test(arguments: [
    ("d/x.pcap", "e/x.pcap"), ("d/x1.pcap", "d/y1.pcap"), ("d/x_1.pcap", "d/x-1.pcap"), ("1.pcap", "a1.pcap"),
    ("d/http.pcap", "d/http-1-a.pcap"),
  ])
  func othersDoNot(first: String, second: String) { #expect(name(first) != name(second)) }

  @Test func numbersAreComparedAsNumbers() {
    let names = ["x.pcap", "x.pcap2", "x.pcap9", "x.pcap10", "x.pcap0011", "y"].map { EvidencePath($0) }
    #expect(names.reversed().sorted(by: SeriesName.precedes) == names)
  }

  @Test(arguments: [
    (10.0, 20.0, 20.0, SequenceRule.Step.continues), (10, 20, 19.5, .continues), (10, 20, 18.5, .overlaps),
    (10, 20, 3620, .continues), (10, 20, 3621, .pauses), (10, 10.4, 10.0, .overlaps), (10, 10, 10, .continues),
    (10, 10.004, 10.001, .continues), (10, 10.004, 10, .overlaps),
    (20, 10, 10.5, .continues),
  ])
  func theStepToTheNextCaptureIsToldByTimes(opening: Double, final: Double, next: Double, step: SequenceRule.Step) {
    let time = { (seconds: Double) in CaptureTime(nanoseconds: Int64(seconds * 1e9)) }
    #expect(SequenceRule.step(opening: time(opening), final: time(final), next: time(next)) == step)
  }

  @Test func anyBytesAreAName() {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<200 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 1...255, using: &generator) & 0x3f | 0x20 }
      #expect(SeriesName(bytes) == SeriesName(bytes))
      #expect(!SeriesName.precedes(EvidencePath(bytes: bytes), EvidencePath(bytes: bytes)))
    }
  }

  @Test func timesAtTheEndsOfTheirRangeDoNotOverflow() {
    let ends = [Int64.min, .max, 0].map { CaptureTime(nanoseconds: $0) }
    for opening in ends {
      for final in ends { for next in ends { _ = SequenceRule.step(opening: opening, final: final, next: next) } }
    }
    #expect(SequenceRule.gap(from: ends[0], to: ends[1]) == .max)
    #expect(SequenceRule.gap(from: ends[1], to: ends[0]) == .min)
  }
}
