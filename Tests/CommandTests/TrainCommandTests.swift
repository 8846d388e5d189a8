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
    #expect(asked.output == "total,is_hard\n\(row)\n")
  }

  @Test(arguments: ["c4.5", "xgboost"]) func `trees are trained, frozen, shown, measured and scan`(name: String) throws
  {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let model = scratch.path("model.safetensors"), database = scratch.path("case.db")
    let trained = try Program.run(
      "train", Program.captures, "--labels", labels, "-o", model, "--architecture", name, "--policy", "timeout-60")
    #expect(trained.status == 0, "\(trained.talk)")
    let shown = try Program.run("model", "show", model)
    #expect(shown.output.contains("time_and_packets features, 20 packets"))
    let scanned = try Program.run("scan", Program.captures + "/tls13.pcap", "--case", database, "--model", model)
    #expect(scanned.status == 0, "\(scanned.talk)")
    let asked = try Program.run(
      "query", database,
      "SELECT DISTINCT predicted_label IN ('tls', 'http') AS named, attention IS NULL AS without FROM flows WHERE predicted_label IS NOT NULL",
      "--format", "csv")
    #expect(asked.output == "named,without\n1,1\n")
    let output = scratch.path("out")
    let refused = try Program.run("evaluate", model, Program.captures, "--labels", labels)
    #expect(refused.status == 1 && refused.talk.contains("--allow-seen"), "\(refused.talk)")
    let measured = try Program.run(
      "evaluate", model, Program.captures, "--labels", labels, "-o", output, "--allow-seen")
    #expect(measured.status == 0 && measured.talk.contains("WARNING: the model was trained on"), "\(measured.talk)")
    #expect(measured.output.contains("macro average") && measured.output.contains("weighted average"))
    for file in ["classes.csv", "confusion.csv", "reliability.csv", "summary.csv"] {
      #expect(try String(contentsOfFile: output + "/" + file, encoding: .utf8).contains(","))
    }
    for file in ["f1.svg", "confusion.svg", "reliability.svg"] {
      #expect(try String(contentsOfFile: output + "/" + file, encoding: .utf8).hasPrefix("<svg "))
    }
    try Self.expectFlows(output, scratch)
  }

  /// The table of tested flows: a row for each flow of the summary, right as often as it says, at the places where a scan finds flows.
  private static func expectFlows(_ output: String, _ scratch: Scratch) throws {
    func rows(_ file: String) throws -> [[Substring]] {
      try String(contentsOfFile: output + "/" + file, encoding: .utf8).split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
    }
    let flows = try rows("flows.csv"), summary = try rows("summary.csv")
    let header = try #require(flows.first), named = Dictionary(uniqueKeysWithValues: zip(summary[0], summary[1]))
    func column(_ name: String) throws -> [Substring] {
      let place = try #require(header.firstIndex(of: Substring(name)))
      return flows.dropFirst().map { $0[place] }
    }
    #expect(named["flows"] == "\(flows.count - 1)")
    let right = try zip(column("class"), column("predicted_label")).count { $0 == $1 }
    let accuracy = try #require(named["accuracy"].flatMap { Double($0) })
    #expect((Double(right) / Double(flows.count - 1) - accuracy).magnitude < 1e-9)
    let given = try column("label").count { $0 != "unknown" }
    let coverage = try #require(named["coverage"].flatMap { Double($0) })
    #expect((Double(given) / Double(flows.count - 1) - coverage).magnitude < 1e-9)
    let database = scratch.path("places.db")
    _ = try Program.run("scan", "-q", Program.captures, "--case", database)
    let places = try Program.run(
      "query", database, "SELECT evidence_path || ' ' || first_packet || ' ' || first_offset AS place FROM flows",
      "--format", "csv"
    ).output
    let tested = try zip(zip(column("path"), column("first_packet")), column("first_offset")).map {
      "\($0.0) \($0.1) \($1)"
    }
    #expect(Set(tested).isSubset(of: Set(places.split(whereSeparator: \.isNewline).map(String.init))))
  }

  @Test func `what is frozen was measured on captures left out`() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let model = scratch.path("model.safetensors")
    let rest = ["--labels", labels, "--epochs", "1", "--packets", "4", "--bytes", "40", "--units", "6"]
    let trained = try Program.run(["train", Program.captures, "-o", model, "--error-rate", "0.5"] + rest)
    #expect(trained.status == 0 && trained.talk.contains("on captures left out of training"), "\(trained.talk)")
    #expect(trained.talk.contains("frozen for new captures: temperature"), "\(trained.talk)")
    // Five flows are too few for any threshold.
    #expect(trained.talk.contains("so the model calls every flow unknown"), "\(trained.talk)")
    let shown = try Program.run("model", "show", model)
    #expect(shown.output.contains("grouped split, "), "\(shown.output)")
    #expect(shown.output.contains("unless its confidence suffices for its label"), "\(shown.output)")
    let tables = scratch.path("tables"), ensemble = scratch.path("ensemble.safetensors")
    let both = try Program.run(
      ["train", Program.captures, "-o", ensemble, "--loss", "cross-entropy", "--trees", "3", "--tables", tables] + rest)
    #expect(both.status == 0 && both.talk.contains("wrote tables and pictures to"), "\(both.talk)")
    let summary = try String(contentsOfFile: tables + "/summary.csv", encoding: .utf8)
    #expect(summary.contains("attention-lstm and trees, grouped, "), "\(summary)")
    #expect(FileManager.default.fileExists(atPath: tables + "/reliability.csv"))
    #expect(try Program.run("model", "show", ensemble).output.contains("3 rounds of boosting, weight 2.0"))
    let again = try Program.run("evaluate", ensemble, Program.captures, "--labels", labels, "--split", "grouped")
    #expect(again.status == 0 && again.talk.contains("attention-lstm and trees, grouped, "), "\(again.talk)")
    let single = ["train", Program.captures, "-o", model, "--labels", labels, "--architecture", "deep-packet"]
    #expect(try Program.run(single + ["--references", "5"]).status == 64)
    let other = try Program.run(
      ["train", Program.captures, "-o", model, "--calibration", "flows", "--field-dropout", "0.2"] + rest)
    #expect(other.status == 0 && !other.talk.contains("left out of training"), "\(other.talk)")
    #expect(try !Program.run("model", "show", model).output.contains("measured"))
    let rate = #"[{"split":"grouped","flows":9,"accuracy":0.5,"macro_f1":0.5,"coverage":0,"error_rate":0}]"#
    let rates = try scratch.write("rates.json", Data(rate.utf8))
    let told = try Program.run(
      ["train", Program.captures, "-o", model, "--calibration", "flows", "--rates", rates] + rest)
    #expect(told.talk.contains("in the 'grouped' measurement no flow got a label"), "\(told.talk)")
    #expect(try !Program.run("model", "show", model).output.contains("measured"))
    let refused = try Program.run(["train", Program.captures, "-o", model, "--error-rate", "1"] + rest)
    #expect(refused.status == 64 && refused.talk.contains("--error-rate is 1.0"), "\(refused.talk)")
  }

  @Test func `label files are asked one after the other, and a bad one is named`() throws {
    let scratch = try Scratch()
    let first = try scratch.write("first", Data("captures/tls13.pcap tls lab\n".utf8))
    let second = try scratch.write("second", Data("tls* other\nhttp.* http lab\n".utf8))
    let table = [
      "dataset", "prepare", Program.captures, "--labels", first, "--labels", second, "--groups", scratch.path("groups"),
    ]
    let prepared = try Program.run(table)
    #expect(prepared.status == 0 && prepared.talk.contains("http "), "\(prepared.talk)")
    #expect(prepared.talk.contains(", other ") && prepared.talk.contains(", tls "), "\(prepared.talk)")
    let groups = try String(contentsOfFile: scratch.path("groups"), encoding: .utf8)
    #expect(groups == "group,scenario\r\n1,lab\r\n2,tls12-ipv6\r\n")
    let bad = try scratch.write("bad", Data("a b c d\n".utf8))
    let refused = try Program.run(table + ["--labels", bad])
    #expect(
      refused.status == 1 && refused.talk.contains("'\(bad)': line 1 of the label file has 4 words"), "\(refused.talk)")
  }

  @Test func `an audit says what a model leans on`() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* Streaming\nhttp* File\n".utf8))
    let audit = try Program.run(
      "model", "audit", "models/default.safetensors", Program.captures, "--labels", labels, "--format", "csv", "-o",
      scratch.path("audit"))
    for (name, start) in [("fields.csv", "field,"), ("baselines.csv", "method,split"), ("fields.svg", "<svg")] {
      let text = try String(contentsOfFile: scratch.path("audit/" + name), encoding: .utf8)
      #expect(text.hasPrefix(start), "\(name)")
    }
    #expect(audit.status == 0, "\(audit.talk)")
    let rows = audit.output.split(whereSeparator: \.isNewline)
    #expect(audit.talk.contains("nearest neighbour, random split of "), "\(audit.talk)")
    #expect(rows.count == 13 && rows[0].hasPrefix("field,accuracy masked") && rows[1].hasPrefix("(nothing),"))
    #expect(audit.talk.contains("attention: without the packet it points to"), "\(audit.talk)")
    #expect(try Program.run("model", "audit", "models/default.safetensors", "--labels", labels).status == 64)
  }

  @Test func `flows the model was trained on are not measured, in whatever capture they lie`() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let model = scratch.path("model.safetensors")
    let rest = ["--labels", labels, "--epochs", "1", "--packets", "4", "--bytes", "40", "--units", "6"]
    let trained = try Program.run(["train", Program.captures, "-o", model, "--calibration", "flows"] + rest)
    #expect(trained.status == 0, "\(trained.talk)")
    // The same packets in a file of other bytes: a record cut short behind the last one.
    let source = try #require(
      FileManager.default.contentsOfDirectory(atPath: Program.captures).first {
        $0.hasPrefix("http") && $0.hasSuffix("pcap")
      })
    var bytes = try Data(contentsOf: URL(filePath: Program.captures + "/" + source))
    bytes += [UInt8](repeating: 0, count: 3)
    let copies = scratch.path("copies")
    try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
    try bytes.write(to: URL(filePath: copies + "/http-copy.pcap"))
    let measured = try Program.run("evaluate", model, copies, "--labels", labels)
    #expect(
      measured.status == 1 && measured.talk.contains("the same, to the model, as one it was trained on"),
      "\(measured.talk)")
    let allowed = try Program.run("evaluate", model, copies, "--labels", labels, "--allow-seen")
    #expect(allowed.status == 0 && allowed.talk.contains("do not hold for new evidence"), "\(allowed.talk)")
  }

  @Test func `a model is not measured on classes it does not know`() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let result = try Program.run("evaluate", "models/default.safetensors", Program.captures, "--labels", labels)
    #expect(result.status == 0 && result.output.isEmpty)
    #expect(result.talk.contains("of classes that the model does not know: http, tls"), "\(result.talk)")
    let told = try Program.run(
      "evaluate", "models/default.safetensors", Program.captures, "--labels", labels, "--epochs", "3", "--bytes", "9")
    #expect(told.status == 1 && told.talk.contains("leave out --epochs, --bytes"), "\(told.talk)")
    let kept = try Program.run(
      "evaluate", "models/default.safetensors", Program.captures, "--labels", labels, "--error-rate", "0.1")
    #expect(kept.status == 1 && kept.talk.contains("leave out --calibration and --error-rate"), "\(kept.talk)")
  }

  @Test(arguments: [
    (["--architecture", "cnn-1d", "--attention", "hard"], "cnn-1d has no such choice"),
    (["--attention-window", "3"], "--attention-window is for --attention local"),
    (["--architecture", "c4.5", "--epochs", "3", "--scope", "l7"], "--epochs, --scope would have no effect"),
    (["--features", "time"], "--features is for c4.5 and xgboost"),
    (["--architecture", "cnn-1d", "--units", "3"], "--units is for networks with an LSTM"),
    (["--trees", "9"], "with --loss cross-entropy"),
    (["--trees", "9", "--loss", "cross-entropy", "--architecture", "deep-packet"], "not deep-packet"),
    (["--architecture", "xgboost", "--trees", "9"], "--trees would have no effect"),
    (
      ["--tree-weight", "3"],
      "--tree-weight, --tree-input, --label-trees and --hidden-copies are for networks with --trees"
    ),
    (["--tables", "none", "--calibration", "flows"], "--tables is of captures left out"),
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
