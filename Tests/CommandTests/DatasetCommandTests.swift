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
    #expect(measured.output.hasPrefix("class,flows,precision,recall,f1\r\nalpha,"))
    #expect(measured.talk.contains("c4.5, 4 rounds, 400 flows tested"))
    let trained = try Program.run("dataset", "train", Self.table, "-o", scratch.path("t.safetensors"), "--print")
    #expect(trained.status == 0)
    #expect(trained.output.hasPrefix("size <= "))
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path("t.safetensors"))).count > 1000)
  }

  @Test func tablesAreConverted() throws {
    let scratch = try Scratch()
    let arff = scratch.path("again.arff")
    #expect(try Program.run("dataset", "convert", Self.table, "--format", "arff", "-o", arff).status == 0)
    let first = try Program.run("dataset", "convert", Self.table), second = try Program.run("dataset", "convert", arff)
    #expect(first.output == second.output)
    #expect(first.output.split(separator: "\r\n").count == 401)
    let stats = try Program.run("dataset", "stats", Self.table, "--format", "csv")
    #expect(stats.output.split(separator: "\r\n").count == 7)
  }

  @Test func capturesBecomeATableThatTreesTrainOn() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let file = scratch.path("flows.csv")
    let made = try Program.run(
      "dataset", "prepare", Program.captures, "--labels", labels, "--packets", "3", "-o", file)
    #expect(made.status == 0)
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\r\n")
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
