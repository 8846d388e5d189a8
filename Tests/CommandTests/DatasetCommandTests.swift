import Foundation
import Testing

private let corpus = ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"].map { URL(fileURLWithPath: $0) }

@Suite struct DatasetCommandTests {
  private static let table = URL(fileURLWithPath: Program.captures).deletingLastPathComponent()
    .appendingPathComponent("trees/mixed.arff").path

  @Test func treesAreMeasuredAndFrozen() throws {
    let scratch = try Scratch()
    let measured = try Program.run("dataset", "evaluate", Self.table, "--folds", "4", "--format", "csv")
    #expect(measured.status == 0)
    #expect(measured.output.hasPrefix("class,flows,precision,recall,f1\nalpha,"))
    #expect(measured.talk.contains("c4.5, random, 4 rounds, 400 flows tested"))
    let trained = try Program.run("dataset", "train", Self.table, "-o", scratch.path("t.safetensors"), "--print")
    #expect(trained.status == 0)
    #expect(trained.output.hasPrefix("size <= "))
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path("t.safetensors"))).count > 1000)
  }

  @Test func `a table of captures has no repeats, and knows its groups`() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* secure\n*.pcap* plain\n".utf8))
    let table = scratch.path("t.csv")
    let base = ["dataset", "prepare", Program.captures, "--labels", labels, "-o", table]
    let all = try Program.run(base + ["--keep-repeats"])
    #expect(all.status == 0 && !all.talk.contains("repeated"), "\(all.talk)")
    let files = ["--groups", scratch.path("g.csv"), "--conflicts", scratch.path("c.csv")]
    let prepared = try Program.run(base + files)
    #expect(prepared.status == 0 && prepared.talk.contains("left out (--keep-repeats keeps them)"), "\(prepared.talk)")
    let groups = try String(contentsOfFile: scratch.path("g.csv"), encoding: .utf8)
    #expect(groups.hasPrefix("group,scenario\r\n1,"), "\(groups)")
    #expect(
      try String(contentsOfFile: scratch.path("c.csv"), encoding: .utf8).hasPrefix("conflict,class,flows,scenarios\r\n")
    )
    #expect(
      try String(contentsOfFile: table, encoding: .utf8).split(whereSeparator: \.isNewline)[0].hasSuffix(",group,class")
    )
    // By chance, too, the group is no feature.
    let random = try Program.run("dataset", "evaluate", table, "--folds", "2")
    #expect(random.status == 0 && random.talk.contains("it is no feature"), "\(random.talk)")
    let grouped = try Program.run("dataset", "evaluate", table, "--folds", "2", "--split", "grouped")
    #expect(grouped.status == 0 && grouped.talk.contains("c4.5, grouped, "), "\(grouped.talk)")
    #expect(try Program.run("dataset", "evaluate", table, "--group", "none").status == 1)
    #expect(try Program.run("dataset", "evaluate", Self.table, "--split", "grouped").status == 1)
  }

  @Test func tablesAreConverted() throws {
    let scratch = try Scratch()
    let arff = scratch.path("again.arff")
    #expect(try Program.run("dataset", "convert", Self.table, "--format", "arff", "-o", arff).status == 0)
    let first = try Program.run("dataset", "convert", Self.table), second = try Program.run("dataset", "convert", arff)
    #expect(first.output == second.output)
    #expect(first.output.split(whereSeparator: \.isNewline).count == 401)
    let stats = try Program.run("dataset", "stats", Self.table, "--format", "csv")
    #expect(stats.output.split(whereSeparator: \.isNewline).count == 7)
  }

  @Test func capturesBecomeATableThatTreesTrainOn() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let file = scratch.path("flows.csv")
    let made = try Program.run(
      "dataset", "prepare", Program.captures, "--labels", labels, "--packets", "3", "-o", file)
    #expect(made.status == 0)
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline)
    #expect(lines.first == "size_1,size_2,size_3,gap_2,gap_3,class")
    #expect(lines.count == 8)
    for architecture in ["c4.5", "xgboost"] {
      let result = try Program.run("dataset", "evaluate", file, "--architecture", architecture, "--folds", "3")
      #expect(result.status == 0)
    }
  }

  @Test func whatIsNoTableIsRefusedWithASentence() throws {
    let scratch = try Scratch()
    let file = try scratch.write("notes.txt", Data("a,b\n1,x\n2".utf8))
    let result = try Program.run("dataset", "stats", file)
    #expect(result.status == 1)
    #expect(
      result.talk
        == "flowcase: cannot read the feature table '\(file)': line 3: the row has 1 values, the table has 2 columns\n")
    let xgboost = try Program.run("dataset", "evaluate", Self.table, "--architecture", "xgboost")
    #expect(xgboost.status == 1)
    #expect(xgboost.talk.contains("xgboost takes numbers only, and 'protocol' is a list of values"))
    #expect(try Program.run("dataset", "evaluate", Self.table, "--confidence", "2").status == 64)
  }

  /// The tables of Draper-Gil et al. 2016, scenario A1: figures as in the README, and the published 0.90 for 15 s.
  @Test(
    .enabled(if: corpus != nil, "FLOWCASE_CORPUS is not set: the published feature tables were not read"),
    arguments: [(15, 18758, 0.895), (30, 14651, 0.877), (60, 15515, 0.859), (120, 10782, 0.877)])
  func publishedTablesGiveTheirFigures(timeout: Int, flows: Int, accuracy: Double) throws {
    let path = try #require(corpus)
      .appendingPathComponent("iscx-timefeatures/TimeBasedFeatures-Dataset-\(timeout)s-VPN.arff.zst").path
    let result = try Program.run("dataset", "evaluate", path)
    #expect(result.talk.contains("\(flows) flows tested"))
    let measured = try #require(result.talk.firstMatch(of: /accuracy ([0-9.]+)/).flatMap { Double($0.1) })
    #expect(abs(measured - accuracy) < 0.005)
  }
}
