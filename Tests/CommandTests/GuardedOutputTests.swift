import Foundation
import Testing

/// No command writes onto evidence, a case, a model or an input, nor puts half an output in the place of a whole one.
@Suite struct GuardedOutputTests {
  /// A case of two captures, with what commands take beside it, and links to all of it.
  private static func prepared() throws -> Scratch {
    let scratch = try Scratch(), files = FileManager.default
    for directory in ["e", "links"] {
      try files.createDirectory(atPath: scratch.path(directory), withIntermediateDirectories: true)
    }
    for name in ["dns.pcap", "tls13.pcap"] {
      try files.copyItem(atPath: "\(Program.captures)/\(name)", toPath: scratch.path("e/\(name)"))
    }
    try scratch.write("labels", Data("dns* dns\ntls* tls\n".utf8))
    try scratch.write("passwords", Data("secret\n".utf8))
    try scratch.write("table.csv", Data("size,class\n1,a\n2,b\n".utf8))
    try files.copyItem(
      atPath: "\(Program.fixtures)/models/pytorch-attention-lstm.safetensors", toPath: scratch.path("model"))
    for (name, paths) in [("case.db", ["e"]), ("other.db", ["e/dns.pcap"])] {
      let scanned = try Program.run(
        ["scan", "-q", "--case", scratch.path(name), "--model", scratch.path("model")] + paths.map(scratch.path))
      #expect(scanned.status == 0 || scanned.status == 2, "\(scanned.talk)")
    }
    for (name, target) in [("evidence", "e/dns.pcap"), ("case", "case.db")] {
      try files.linkItem(atPath: scratch.path(target), toPath: scratch.path("links/hard-\(name)"))
      try files.createSymbolicLink(
        atPath: scratch.path("links/soft-\(name)"), withDestinationPath: scratch.path(target))
    }
    try files.copyItem(atPath: scratch.path("e/dns.pcap"), toPath: scratch.path("links/copy-of-evidence"))
    return scratch
  }

  /// Commands by what they would write onto; paths that begin with `@` lie in the prepared directory.
  private static let commands: [[String]] = [
    "query @case.db 'SELECT' -o @case.db", "query @case.db 'SELECT' -o @links/soft-case",
    "query @case.db 'SELECT' -o @links/hard-case", "query @case.db 'SELECT' -o @e/../case.db",
    "query @case.db 'SELECT' -o @e/dns.pcap", "query @case.db -o @links/hard-evidence",
    "export @case.db flows -o @e/tls13.pcap", "export @case.db flows -o @links/soft-evidence",
    "export @case.db conn.log -o @links/hard-evidence", "export @case.db flows -o @links/copy-of-evidence",
    "export @case.db flows -o @model", "report @case.db -o @case.db", "report @case.db -o @e/dns.pcap",
    "report @case.db -o @model", "datasette @case.db -o @case.db", "datasette @case.db -o @links/soft-evidence",
    "compare @case.db @other.db -o @other.db", "compare @case.db @other.db -o @e/dns.pcap",
    "carve @case.db -o @case.db", "carve @case.db -o @links/hard-evidence", "carve @case.db -o @links/soft-evidence",
    "carve @case.db -o @passwords --password-file @passwords", "carve @case.db -o @e/new --evidence @e",
    "carve @case.db --split @e/flows --evidence @e",
    "merge @case.db @other.db -o @case.db", "merge @case.db @other.db -o @other.db",
    "merge @case.db @other.db -o @links/hard-case", "merge @case.db @other.db -o @e/dns.pcap",
    "train @e --labels @labels -o @labels", "train @e --labels @labels -o @e/dns.pcap",
    "train @e/dns.pcap --labels @labels -o @links/hard-evidence", "train @e --labels @labels -o @e/new",
    "train @e --labels @labels --rates @passwords -o @passwords", "train @e --labels @labels -o @m --tables @e/tables",
    "evaluate @model @e --labels @labels --rates @model", "evaluate @model @e --labels @labels --rates @labels",
    "evaluate @model @e --labels @labels --rates @e/tls13.pcap", "evaluate @model @e --labels @labels -o @e",
    "evaluate @model @e --labels @labels -o @model",
    "model audit @model @e --labels @labels -o @e/new",
    "experiment paper --dataset @e --labels @labels -o @e", "experiment paper --dataset @e --labels @labels -o @labels",
    "dataset prepare @e --labels @labels -o @labels", "dataset prepare @e --labels @labels -o @links/hard-evidence",
    "dataset prepare @e --labels @labels --groups @e/dns.pcap",
    "dataset prepare @e --labels @labels --conflicts @labels",
    "dataset convert @table.csv -o @table.csv", "dataset train @table.csv -o @table.csv",
    "bench @e --model @model --export @model", "bench @e --model @model --export @e/tls13.pcap",
  ].map { command in command.replacing("'SELECT'", with: "SELECT@1").split(separator: " ").map(String.init) }

  @Test func nothingOfTheEvidenceTheCaseTheModelAndTheInputsIsTouched() throws {
    let scratch = try Self.prepared()
    func state() throws -> [String: Data] {
      var files: [String: Data] = [:]
      for name in try #require(FileManager.default.enumerator(atPath: scratch.url.path)) {
        guard let name = name as? String, !name.hasSuffix("-shm"), !name.hasSuffix("-wal") else { continue }
        files[name] = try? Data(contentsOf: URL(fileURLWithPath: scratch.path(name)))
      }
      return files
    }
    let before = try state()
    for command in Self.commands {
      let arguments = command.map { word in
        word == "SELECT@1" ? "SELECT 1" : word.hasPrefix("@") ? scratch.path(String(word.dropFirst())) : word
      }
      for force in command[0] == "merge" ? [[]] : [[], ["--force"]] {
        let result = try Program.run(arguments + force)
        #expect(result.status == 1, "\(command) \(force) \(result.talk)")
        #expect(result.talk.contains("cannot write"), "\(command) \(result.talk)")
        #expect(try state() == before, "\(command) \(force)")
      }
    }
  }

  @Test func aFileOfSomebodyElseIsReplacedOnlyWithForceAndAnEarlierOutputWithout() throws {
    let scratch = try Self.prepared()
    let database = scratch.path("case.db"), file = scratch.path("out")
    for command in [
      ["report", database], ["datasette", database], ["carve", "-q", database], ["export", database, "flows"],
      ["query", database, "SELECT 1"], ["dataset", "convert", scratch.path("table.csv")],
      ["dataset", "train", scratch.path("table.csv"), "--minimum-cases", "1"],
      ["dataset", "prepare", scratch.path("e"), "--labels", scratch.path("labels")],
      ["bench", scratch.path("e"), "--model", scratch.path("model"), "--rounds", "1"],
    ] {
      try Data("somebody's own".utf8).write(to: URL(fileURLWithPath: file))
      let write = command + [command[0] == "bench" ? "--export" : "-o", file]
      let refused = try Program.run(write)
      #expect(refused.status == 1 && refused.talk.contains("--force"), "\(command) \(refused.talk)")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "somebody's own")
      let forced = try Program.run(write + ["--force"])
      #expect(forced.status == 0, "\(command) \(forced.talk)")
      // Rows have no mark.
      let isMarked = !["export", "query"].contains(command[0]) && command[1] != "convert"
      #expect(try Program.run(write).status == (isMarked ? 0 : 1), "\(command)")
      #expect(try Program.run(write + ["--force"]).status == 0)
      try FileManager.default.removeItem(atPath: file)
    }
  }

  @Test func aDirectoryOfResultsIsWrittenAgainAndOtherFilesThereStay() throws {
    let scratch = try Self.prepared()
    let output = scratch.path("results")
    let trained = try Program.run(
      "train", scratch.path("e"), "--labels", scratch.path("labels"), "-o", scratch.path("trees"), "--architecture",
      "c4.5", "--leave-out", "none", "--calibration", "flows")
    #expect(trained.status == 0, "\(trained.talk)")
    let evaluate = [
      "evaluate", scratch.path("trees"), scratch.path("e"), "--labels", scratch.path("labels"), "--allow-seen",
    ]
    let first = try Program.run(evaluate + ["-o", output, "--rates", scratch.path("rates.json")])
    guard FileManager.default.fileExists(atPath: output) else {
      Issue.record("\(first.talk)")
      return
    }
    #expect(try Program.run(evaluate + ["-o", output, "--rates", scratch.path("rates.json")]).status == 0)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: output + "/notes.txt"))
    try Data("my own table".utf8).write(to: URL(fileURLWithPath: output + "/summary.csv"))
    let refused = try Program.run(evaluate + ["-o", output])
    #expect(refused.status == 1 && refused.talk.contains("summary.csv"), "\(refused.talk)")
    #expect(try String(contentsOfFile: output + "/summary.csv", encoding: .utf8) == "my own table")
    #expect(try Program.run(evaluate + ["-o", output, "--force"]).status == 0)
    #expect(try String(contentsOfFile: output + "/notes.txt", encoding: .utf8) == "mine")
  }

  @Test func splitCapturesReplaceOnlyEarlierOnes() throws {
    let scratch = try Self.prepared()
    let carve = ["carve", "-q", scratch.path("other.db"), "--split", scratch.path("flows")]
    #expect(try Program.run(carve).status == 0)
    #expect(try Program.run(carve).status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("flows")).sorted()
    #expect(!names.isEmpty && names.allSatisfy { $0.hasSuffix(".pcapng") })
    // The evidence under the name of a flow.
    let target = try #require(names.last)
    try FileManager.default.removeItem(atPath: scratch.path("flows/\(target)"))
    try FileManager.default.linkItem(atPath: scratch.path("e/dns.pcap"), toPath: scratch.path("flows/\(target)"))
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.path("e/dns.pcap")))
    let refused = try Program.run(carve + ["--force"])
    #expect(refused.status == 1 && refused.talk.contains("evidence of the case"), "\(refused.talk)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path("e/dns.pcap"))) == before)
  }

  @Test func whatFailsOrMatchesNothingLeavesTheOlderFile() throws {
    let scratch = try Self.prepared()
    let database = scratch.path("case.db"), file = scratch.path("out")
    try Data("old".utf8).write(to: URL(fileURLWithPath: file))
    for (command, status) in [
      (["query", database, "SELECT nothing"], 1), (["query", database, "SELECT json(path) FROM evidence"], 1),
      (["export", database, "flows", "--where", "no such column"], 1),
      (["export", database, "flows", "--columns", "nothing"], 1),
      (["carve", database, "--where", "false"], 2), (["carve", database, "--where", "no such column"], 1),
      (["dataset", "train", scratch.path("labels")], 1), (["merge", database, scratch.path("labels")], 1),
    ] as [([String], Int32)] {
      let result = try Program.run(command + ["-o", file] + (command[0] == "merge" ? [] : ["--force"]))
      #expect(result.status == status, "\(command) \(result.talk)")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "old", "\(command)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    #expect(!names.contains { $0.hasPrefix(".flowcase-") }, "\(names)")
    // Half a merged case is none.
    #expect(
      try Program.run("merge", database, scratch.path("labels"), "-o", scratch.path("new.db")).status == 1)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("new.db")))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func anInterruptLeavesTheOlderFileAndNothingElse(signal: Int32) throws {
    let scratch = try Self.prepared()
    try Data("old".utf8).write(to: URL(fileURLWithPath: scratch.path("out")))
    let process = Process()
    process.executableURL = Program.url
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    process.arguments = [
      "query", scratch.path("case.db"), endless, "--format", "csv", "-o", scratch.path("out"), "--force",
    ]
    // A test's thread may have signals blocked, and what it starts would inherit that.
    var all = sigset_t(), before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, &before)
    try process.run()
    pthread_sigmask(SIG_SETMASK, &before, nil)
    func parts() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).filter { $0.hasPrefix(".flowcase-") }
    }
    for _ in 0..<200 where try parts().isEmpty { Thread.sleep(forTimeInterval: 0.05) }
    #expect(try !parts().isEmpty)
    kill(process.processIdentifier, signal)
    for _ in 0..<200 where process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == signal)
    #expect(try parts().isEmpty)
    #expect(try String(contentsOfFile: scratch.path("out"), encoding: .utf8) == "old")
  }

  @Test func aRedirectionOntoEvidenceIsRefused() throws {
    let scratch = try Self.prepared()
    let evidence = URL(fileURLWithPath: scratch.path("e/dns.pcap"))
    let before = try Data(contentsOf: evidence)
    for output in [[], ["-o", "-"], ["-o", "/dev/stdout"], ["-o", "/dev/fd/1"]] {
      let process = Process()
      process.executableURL = Program.url
      process.arguments = ["export", scratch.path("case.db"), "flows"] + output
      let file = try FileHandle(forWritingTo: evidence)
      try file.seekToEnd()
      process.standardOutput = file
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 1, "\(output)")
      #expect(try Data(contentsOf: evidence) == before, "\(output)")
    }
  }
}
