import Evidence
import Records
import Testing

@Suite struct BombTests {
  private func limits(expandedBytes: Int = 1 << 20, members: Int = 1000) -> EvidenceLimits {
    var limits = EvidenceLimits()
    limits.expandedBytes = expandedBytes
    limits.expansionRatio = 2
    limits.members = members
    return limits
  }

  @Test func aCaptureThatGrowsBeyondTheBoundIsReadUpToIt() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 1))
    try scratch.run("(cat x; head -c 30000000 /dev/zero) | gzip > y")
    let reading = Reading(scratch.path("y"), limits: limits())
    #expect(reading.problems.map(\.code) == [.limitReached])
    #expect(reading.problems[0].message.contains("--expansion-limit"))
    #expect((1 << 20...3 << 20).contains(reading.bytes[0]?.count ?? 0))
    #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(try scratch.read("y")))
    #expect(Reading(scratch.path("y")).problems == [])
  }

  @Test func whatIsNoCaptureIsNotDecompressedFurther() throws {
    let scratch = try ScratchDirectory()
    try scratch.run("head -c 30000000 /dev/zero | gzip > y")
    let reading = Reading(scratch.path("y"), limits: limits())
    #expect(reading.problems.map(\.code) == [.notACapture])
    #expect(reading.closings[0]?.format == "gzip+unknown")
  }

  @Test func membersOfAllTheArchivesInAFileAreBoundedTogether() throws {
    let scratch = try ScratchDirectory()
    try scratch.run(
      "mkdir d; for i in 1 2 3 4 5 6 7 8 9; do echo $i > d/$i; done; tar cf a.tar d; cp a.tar b.tar; cp a.tar c.tar; tar cf all.tar ?.tar"
    )
    let reading = Reading(scratch.path("all.tar"), limits: limits(members: 15))
    #expect(reading.paths.count == 16)
    #expect(reading.problems.contains { $0.code == .limitReached })
    #expect(reading.closings.count == reading.paths.count)
    #expect(reading.closings[0]?.containerSHA256 == Digest.sha256(try scratch.read("all.tar")))
  }

  /// Zeros in archives in archives, each of ten copies of the last: 10,000 million bytes.
  @Test func nestedArchivesOfZerosEnd() throws {
    let scratch = try ScratchDirectory()
    try scratch.run(
      """
      head -c 10000000 /dev/zero | gzip > z
      for level in 1 2 3; do mkdir d; for i in 0 1 2 3 4 5 6 7 8 9; do cp z d/$i; done; tar czf z d; rm -r d; done
      """)
    let reading = Reading(scratch.path("z"), limits: limits(expandedBytes: 5 << 20))
    #expect(reading.problems.contains { $0.code == .limitReached })
    #expect(reading.paths.count < 100)
    #expect(reading.closings.count == reading.paths.count)
    #expect(reading.closings[0]?.containerSHA256 != nil)
  }
}
