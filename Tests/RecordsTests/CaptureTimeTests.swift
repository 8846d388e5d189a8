import Records
import Testing

@Suite struct CaptureTimeTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000000Z"),
    (1_430_324_727_323_512_000, "2015-04-29T16:25:27.323512000Z"),
    (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
    (-1, "1969-12-31T23:59:59.999999999Z"),
    (Int64.max, "2262-04-11T23:47:16.854775807Z"),
    (Int64.min, "1677-09-21T00:12:43.145224192Z"),
  ])
  func textIsRFC3339(nanoseconds: Int64, text: String) {
    #expect(CaptureTime(nanoseconds: nanoseconds).rfc3339 == text)
  }
}
