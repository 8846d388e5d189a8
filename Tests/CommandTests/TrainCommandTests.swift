import Foundation
import Testing

@Suite struct TrainCommandTests {
  @Test(arguments: [
    ["--architecture", "deep-packet"], ["--architecture", "cnn-lstm"], ["--attention", "local"],
    ["--architecture", "han", "--attention", "hard"],
  ]) func `a network is trained, frozen, shown and scans`(choice: [String]) throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let model = scratch.path("model.safetensors"), database = scratch.path("case.db")
    let sizes = ["--packets", "4", "--bytes", "40", "--epochs", "1"]
    let units = choice.contains("deep-packet") ? [] : ["--units", "6"]
    let trained = try Program.run(
      ["train", Program.captures, "--labels", labels, "-o", model] + sizes + units + choice)
    #expect(trained.status == 0, "\(trained.talk)")
    #expect(try Program.run("model", "show", model).status == 0)
    let scanned = try Program.run("scan", Program.captures + "/tls13.pcap", "--case", database, "--model", model)
    #expect(scanned.status == 0, "\(scanned.talk)")
    let total = "(SELECT round(sum(value), 3) FROM json_each(attention))"
    let greatest = "(SELECT max(value) FROM json_each(attention))"
    let asked = try Program.run(
      "query", database,
      "SELECT \(total) AS total, \(greatest) = 1 AS is_hard FROM prediction WHERE protocol_name IS NULL",
      "--format", "csv")
    let row = choice.contains("deep-packet") ? "," : choice.contains("hard") ? "1.0,1" : "1.0,0"
    #expect(asked.output == "total,is_hard\r\n\(row)\r\n")
  }

  @Test(arguments: [
    (["--architecture", "cnn-1d", "--attention", "hard"], "cnn-1d has no such choice"),
    (["--attention-window", "3"], "--attention-window is for --attention local"),
  ]) func `choices that do not go together are refused`(choice: [String], sentence: String) throws {
    let result = try Program.run(["train", Program.captures, "--labels", "none", "-o", "none"] + choice)
    #expect(result.status == 64)
    #expect(result.talk.contains(sentence))
  }

  @Test(arguments: [
    (["--attention", "local", "--attention-window", "999"], "attention_window is 999, not in 1...255"),
    (["--architecture", "deep-packet", "--bytes", "10"], "bytes_per_packet is 10, and the filters need at least 14"),
    (["--architecture", "deep-packet", "--encoding", "bits"], "deep-packet takes scaled bytes, and encoding is bits"),
  ]) func `networks that cannot be are refused with a sentence`(choice: [String], sentence: String) throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let result = try Program.run(
      ["train", Program.captures, "--labels", labels, "-o", scratch.path("model")] + choice)
    #expect(result.status == 1 || result.status == 64)
    #expect(result.talk.contains(sentence), "\(result.talk)")
  }
}
