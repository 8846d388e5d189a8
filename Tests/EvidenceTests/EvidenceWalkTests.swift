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
    #expect(names == ["a\\x0anewline", "a-2", "a/3", "a/B", "b/1", "é"])
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
    #expect(Reading(plan[0].path).closings[0]?.containerBytes == 1)
  }

  @Test func absentPathsAreProblems() {
    let plan = EvidenceWalk.plan([EvidencePath("/nonexistent/path")])
    #expect(plan.map(\.problem?.code) == [.unreadable])
  }

  @Test func namesCanBeHadBackFromTheirText() throws {
    let names: [([UInt8], String)] = [
      (Array("tab\tbell\u{7}esc\u{1b}[31m".utf8), "tab\\x09bell\\x07esc\\x1b[31m"),
      (Array("c1\u{9b}31m".utf8), "c1\\xc2\\x9b31m"),
      (Array("pcap\u{202e}gpj".utf8), "pcap\\xe2\\x80\\xaegpj"),
      ([0x61, 0xff], "a\\xff"), (Array("a\\xff".utf8), "a\\x5cxff"), (Array("C:\\dir\\xyz".utf8), "C:\\dir\\xyz"),
      ([0xe2, 0x80], "\\xe2\\x80"), (Array("é\u{1F600}".utf8), "é\u{1F600}"),
    ]
    for (bytes, text) in names {
      #expect(EvidencePath.text(bytes) == text)
      #expect(Self.bytes(of: EvidencePath.text(bytes)) == bytes)
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      let alphabet: [UInt8] = Array("\\x0fFa".utf8) + [0xff, 0xc3, 0xa9, 0x0a, 0xe2, 0x80, 0xae]
      let bytes = (0..<12).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      #expect(Self.bytes(of: EvidencePath.text(bytes)) == bytes)
    }
  }

  /// What an examiner would do to have the bytes of a name: every `\x` and two digits is a byte.
  private static func bytes(of text: String) -> [UInt8] {
    let characters = Array(text.utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < characters.count {
      if characters[index] == UInt8(ascii: "\\"), index + 3 < characters.count,
        characters[index + 1] == UInt8(ascii: "x"),
        let byte = UInt8(String(decoding: characters[index + 2...index + 3], as: UTF8.self), radix: 16)
      {
        bytes.append(byte)
        index += 4
      } else {
        bytes.append(characters[index])
        index += 1
      }
    }
    return bytes
  }

  @Test func aTreeDeeperThanThePathLimitIsReadToItsEnd() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("x", smallCapture(packets: 1))
    // The shell goes down step by step, as no path so long can be named.
    try scratch.run(
      """
      top=$PWD; for i in $(seq 500); do mkdir directory$i; cd -P directory$i; done
      cp "$top/x" deep.pcap; ln -s nowhere dangling; mkfifo pipe
      """)
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)])
    let deep = try #require(plan.first { $0.path.fileName == "deep.pcap" })
    #expect(deep.path.bytes.count > 5000 && deep.problem == nil)
    #expect(Reading(deep.path).bytes[0] == smallCapture(packets: 1))
    #expect(Reading(deep.path).problems == [])
    #expect(plan.filter { $0.problem != nil }.map(\.path.fileName) == ["dangling", "pipe"])
    // Foundation cannot remove it.
    try scratch.run("rm -rf directory1")
  }

  @Test func aTreeDeeperThanTheBoundIsToldAndEnds() throws {
    let scratch = try ScratchDirectory()
    try scratch.run("for i in $(seq 330); do mkdir \(String(repeating: "d", count: 200)); cd -P d*; done; : > far")
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)])
    #expect(plan.map(\.problem?.code) == [.limitReached])
    try scratch.run("rm -rf d*")
  }

  @Test func linksIntoTheNamedPathsAndLoopsGiveEveryFileOnce() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("a/x", [1])
    try scratch.run("ln -s a inside; ln -s ../.. a/up; ln -s loop1 loop2; ln -s loop2 loop1; ln -s /dev/zero device")
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)])
    #expect(plan.filter { $0.problem == nil }.map(\.path.fileName) == ["x"])
    #expect(plan.filter { $0.problem != nil }.map(\.path.fileName) == ["up", "device", "loop1", "loop2"])
  }

  @Test func overlappingRootsAndRootsThatAreLinksGiveEveryFileOnce() throws {
    let scratch = try ScratchDirectory()
    try scratch.write("a/x", [1])
    try scratch.write("a/b/y", [2])
    try scratch.run("ln -s a link; ln a/x a/hard")
    let roots = ["a/b", "a", "link", "a/x", "a/b/../b", "link/b/y"].map { scratch.path($0) }
    #expect(EvidenceWalk.plan(roots).map(\.path.fileName) == ["y", "hard", "x"], "a hard link is a name of its own")
    #expect(
      EvidenceWalk.plan([scratch.path("link")]).map(\.path) == ["b/y", "hard", "x"].map { scratch.path("link/" + $0) })
  }

  @Test func specialFilesAreNeverOpened() throws {
    let scratch = try ScratchDirectory()
    try scratch.run(
      "mkfifo pipe; ln /dev/null device 2>/dev/null || mknod device c 1 5 2>/dev/null || mkfifo device; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")' || mkfifo socket"
    )
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)])
    #expect(plan.map(\.path.fileName) == ["device", "pipe", "socket"])
    #expect(plan.map(\.problem?.code) == [.specialFile, .specialFile, .specialFile])
    // And where one takes the place of a file after the walk, reading it does not wait for a writer.
    let reading = Reading(scratch.path("pipe"))
    #expect(reading.problems.map(\.code) == [.specialFile])
    #expect(reading.closings[0]?.containerSHA256 == nil)
  }

  @Test func theCaseItselfIsNoEvidence() throws {
    let scratch = try ScratchDirectory()
    for name in ["case.db", "case.db-wal", "case.db-shm", "case.db-journal", "other.db", "x"] {
      try scratch.write(name, [1])
    }
    try scratch.run("ln -s . here")
    let plan = EvidenceWalk.plan([EvidencePath(scratch.url.path)], leavingOut: scratch.path("here/case.db"))
    #expect(plan.map(\.path.fileName) == ["other.db", "x"])
  }
}
