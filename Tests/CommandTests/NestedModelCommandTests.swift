import Foundation
import Testing

/// Models whose labels stand under classes, from labels to labels.
@Suite struct NestedModelCommandTests {
  private static let recipe = [
    "--contract", "compact", "--packets", "4", "--units", "6", "--epochs", "1", "--loss", "cross-entropy", "--trees",
    "4",
    "--tree-input", "fields", "--label-prefix", "Vpn_", "--outside", "Web", "--laboratory-weight", "0.7",
  ]

  /// Label files of four laboratories: the fixtures' captures, each of one class.
  private func labels(_ scratch: Scratch) throws -> [String] {
    try [
      ("north.labels", "tls* Chat\nquic* Chat\n"), ("south.labels", "ssh* File\nudp-tftp* File\n"),
      ("east.labels", "vpn-inside* Vpn_Chat\nqinq* Web\nvlan10* Web\n"), ("west.labels", "http* Web\ncooked* Web\n"),
    ].flatMap { name, text in ["--labels", try scratch.write(name, Data(text.utf8))] }
  }

  @Test func `a model is trained, measured by laboratory, measured as a kind, and adapted`() throws {
    let scratch = try Scratch()
    let labels = try labels(scratch), model = scratch.path("model.safetensors")
    let trained = try Program.run(
      ["train", Program.captures, "-o", model, "--folds", "2", "--splits", "2", "-q", "--tables", scratch.path("t")]
        + labels + Self.recipe)
    #expect(trained.status == 0, "\(trained.talk)")
    #expect(trained.talk.contains("split 2, on laboratories left out of training"), "\(trained.talk)")
    let tables = try String(contentsOfFile: scratch.path("t/laboratories.csv"), encoding: .utf8)
    #expect(tables.contains("north,") && tables.contains("mean of laboratories,"))
    // What the summary counts is what the flows' table lists.
    let flows = try String(contentsOfFile: scratch.path("t/flows.csv"), encoding: .utf8).split(
      whereSeparator: \.isNewline)
    let summary = try String(contentsOfFile: scratch.path("t/summary.csv"), encoding: .utf8)
    #expect(summary.contains(",\(flows.count - 1),"), "\(summary)")

    let measured = try Program.run(
      ["evaluate", model, Program.captures, "--allow-seen", "--by", "laboratory", "--format", "csv"] + labels)
    #expect(measured.status == 0, "\(measured.talk)")
    let rows = measured.output.split(whereSeparator: \.isNewline).map { $0.prefix { $0 != "," } }
    #expect(rows == ["laboratory", "east", "north", "south", "west", "mean of laboratories"])
    #expect(measured.talk.contains("of Web: ") && measured.talk.contains("are given none of the other classes"))

    let kind = try Program.run(
      ["evaluate", model, Program.captures, "--split", "random", "--folds", "2"] + labels)
    #expect(kind.status == 0 && kind.talk.contains("of Web: "), "the kind keeps its classes: \(kind.talk)")

    let adapted = scratch.path("adapted.safetensors")
    let done = try Program.run(["adapt", Program.captures, "--model", model, "-o", adapted] + labels)
    #expect(done.status == 0 && done.talk.contains("after, on flows it was not adapted on:"), "\(done.talk)")
    let scan = try Program.run(
      ["scan", "-q", Program.captures, "--model", adapted, "--vantage", "--case", scratch.path("c.db")])
    #expect(scan.status == 0, "\(scan.talk)")
    let inside = "SELECT DISTINCT predicted_label FROM flows WHERE vantage IS NOT NULL AND predicted_label LIKE '%Chat'"
    let told = try Program.run("query", scratch.path("c.db"), inside, "--format", "value").output
    #expect(["", "Vpn_Chat\n"].contains(told), "inside a tunnel the label says so: \(told)")
  }

  @Test func `what cannot be is refused with a sentence`() throws {
    let scratch = try Scratch()
    let refused = try Program.run("adapt", Program.captures, "-o", scratch.path("m"), "--error-rate", "0")
    #expect(refused.status == 64 && refused.talk.contains("--error-rate is 0.0, not between 0 and 1"))
    let unlabelled = try Program.run("evaluate", Program.captures)
    #expect(unlabelled.status == 1 && unlabelled.talk.contains("--labels or --flow-labels"), "\(unlabelled.talk)")
  }
}
