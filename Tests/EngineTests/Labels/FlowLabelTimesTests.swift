import Engine
import Foundation
import Learning
import Testing

@Suite struct FlowLabelTimesTests {
  @Test(arguments: [
    "1e300", "-1e300", "nan", "inf", "9223372036854775807", "-9223372036.854775808", "0x1p60", "-9.3e9",
    "99999999999999999999-01-01T00:00:00Z", "2023-99-99T99:99:99Z", "0000-00-00T00:00:00.999999999999999999999Z",
    "-2023-01-01T00:00:00Z", "2023-01-01T00:00:00+99:99", "\u{FEFF}", "1\u{301}",
  ])
  func `a time that cannot be is no time, and nothing overflows`(time: String) throws {
    let recording = try LabelledRecording(["one.pcap": [(4001, 0)]])
    for column in ["first_ts", "bidirectional_first_seen_ms"] {
      let table = "\(column)\tip_a\tport_a\tip_b\tport_b\tclass\n\(time)\t192.0.2.1\t4001\t192.0.2.2\t8080\tChat\n"
      let found = try recording.collect(table)
      #expect(found.flowLabels.flows + found.flowLabels.withoutLine == 1)
    }
  }
}
