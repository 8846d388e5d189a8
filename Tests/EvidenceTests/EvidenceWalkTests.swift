import Evidence
import Foundation
import Records
import Testing

@Suite struct EvidenceWalkTests {
  @Test func filesComeInByteOrderWhateverTheirDepth() throws {
    let scratch = try ScratchDirectory()
    for name in ["b/1", "a-2", "a/3", "a/B", "é", "a\nnewline"] { try scratch.write(name, [1]) }
    let names = EvidenceWalk.plan([EvidencePath(scratch.url.path)]).map {
      $0.path.description.dropFirst(scratch.url.path.count + 1)
    }
    #expect(names == ["a\nnewline", "a-2", "a/3", "a/B", "b/1", "é"])
  }

  @Test func linksAreNotFollowedOut() throws {
    let inside = try ScratchDirectory()
    let outside = try ScratchDirectory()
    try outside.write("secret", [1])
    try inside.write("x", [1])
    try inside.run(
      "ln -s x inner; ln -s \(outside.url.path)/secret outer; ln -s . loop; ln -s nowhere dangling; mkfifo pipe")
    let plan = EvidenceWalk.plan([EvidencePath(inside.url.path)])
    #expect(plan.filter { $0.problem == nil }.map(\.path.fileName) == ["x"])
    let refused = plan.compactMap { $0.problem == nil ? nil : $0.path.fileName }
    #expect(refused == ["dangling", "outer", "pipe"])
    #expect(plan.compactMap(\.problem?.code).allSatisfy { $0 == .specialFile })
  }

  @Test func aPathNamedTwiceIsListedOnce() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write("x", [1])
    #expect(EvidenceWalk.plan([EvidencePath(scratch.url.path), file]).count == 1)
  }

  @Test func namesThatAreNotTextKeepTheirBytes() throws {
    let scratch = try ScratchDirectory()
    try scratch.run("printf x > \"$(printf 'bad\\377name')\"")
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)])
    #expect(plan.map(\.path.fileName) == ["bad\\xffname"])
    #expect(plan.allSatisfy { $0.problem == nil && $0.byteCount == 1 })
    #expect(Reading(plan[0].path).problems.map(\.code) == [.notACapture])
  }

  @Test func absentPathsAreProblems() {
    let plan = EvidenceWalk.plan([EvidencePath("/nonexistent/path")])
    #expect(plan.map(\.problem?.code) == [.unreadable])
  }
}
