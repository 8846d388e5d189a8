import Foundation
import Testing

/// The corpus directory, when the machine has one.
private let corpus = ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"].map { URL(fileURLWithPath: $0) }
private let tshark = ["/usr/bin/tshark", "/usr/local/bin/tshark"].first {
  FileManager.default.isExecutableFile(atPath: $0)
}

/// Holds conversations, packets in them and JA3 against tshark, capture by capture.
///
/// Every difference is listed in `fixtures/comparison.tsv` with its cause, and what is listed has to differ still. A part of the
/// corpus is compared; `FLOWCASE_COMPARE=all` compares all of it.
@Suite struct TsharkComparisonTests {
  private let takesAll = ProcessInfo.processInfo.environment["FLOWCASE_COMPARE"] == "all"

  @Test(
    .enabled(
      if: corpus != nil && tshark != nil,
      "FLOWCASE_CORPUS is not set or tshark is not installed: nothing was compared with tshark"))
  func flowsAreTsharksConversations() async throws {
    let root = try #require(corpus)
    let captures = try Self.captures(below: root).filter { takesAll || Self.isSample($0) }
    let ours = try Self.scan(root)
    let theirs = await Self.ask(captures.map { root.path + "/" + $0 })
    var found: [String: Set<String>] = [:]
    for (capture, answer) in zip(captures, theirs) {
      // A second copy is counted where it was first read.
      guard let mine = ours[capture] else { continue }
      let differences = mine.differences(from: answer)
      if !differences.isEmpty { found[capture] = differences }
    }
    let listed = try Self.listed()
    for (capture, differences) in found.sorted(by: { $0.key < $1.key }) {
      #expect(listed[capture]?.checks == differences, "\(capture)")
    }
    for capture in captures where ours[capture] != nil && found[capture] == nil {
      #expect(listed[capture] == nil, "\(capture) is listed in fixtures/comparison.tsv and does not differ any more")
    }
    for (capture, entry) in listed { #expect(Self.causes.contains(entry.cause), "\(capture): \(entry.cause)") }
    #expect(captures.count > 100)
  }

  // MARK: What is compared

  /// The packets of each conversation and the JA3 values seen in a capture.
  private struct Account: Equatable, Sendable {
    var packets: [String: Int] = [:]
    var ja3: Set<String> = []

    func differences(from other: Self) -> Set<String> {
      var differences: Set<String> = []
      if Set(packets.keys) != Set(other.packets.keys) { differences.insert("conversations") }
      if packets.contains(where: { other.packets[$0.key] ?? $0.value != $0.value }) { differences.insert("packets") }
      if ja3 != other.ja3 { differences.insert("ja3") }
      return differences
    }
  }

  private static func key(_ proto: String, _ ends: [String]) -> String {
    ([proto] + ends.sorted()).joined(separator: " ")
  }

  // MARK: Captures

  private static func captures(below root: URL) throws -> [String] {
    var captures: [String] = []
    for folder in ["hard", "ndpi"] {
      let table = try String(contentsOf: root.appendingPathComponent("\(folder)/capinfos.csv"), encoding: .utf8)
      for line in table.split(separator: "\n").dropFirst() {
        let path = folder + (folder == "ndpi" ? "/default/pcap/" : "/") + line.prefix { $0 != "," }
        if FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path) { captures.append(path) }
      }
    }
    return captures.sorted()
  }

  /// About one in twelve, by name, and all that are listed as different.
  private static func isSample(_ capture: String) -> Bool {
    let sum = capture.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) }
    return sum % 12 == 0 || (try? listed())?[capture] != nil
  }

  // MARK: Flowcase

  private static func scan(_ root: URL) throws -> [String: Account] {
    let scratch = try Scratch()
    let file = scratch.path("c.db")
    for part in ["hard", "ndpi"] {
      _ = try Program.run(
        "scan", root.appendingPathComponent(part).path, "--case", file, "--no-model", "--policy", "splitcap", "--quiet")
    }
    let prefix = root.path.count + 2
    let query = """
      SELECT substr(e.path, \(prefix)) AS capture, f.proto, f.orig_ip || ':' || f.orig_port AS a,
        f.resp_ip || ':' || f.resp_port AS b, f.orig_pkts + f.resp_pkts AS packets, f.ja3
      FROM evidence AS e LEFT JOIN flows AS f ON f.evidence_id = e.evidence_id WHERE e.status <> 'duplicate'
      """
    var accounts: [String: Account] = [:]
    let lines = try Program.run("query", file, query, "--format", "jsonl").output.split(separator: "\n")
    for line in lines {
      guard let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let capture = row["capture"] as? String
      else { continue }
      var account = accounts[capture] ?? Account()
      if let proto = row["proto"] as? String, let a = row["a"] as? String, let b = row["b"] as? String,
        let packets = row["packets"] as? Int, proto == "tcp" || proto == "udp"
      {
        account.packets[key(proto, [a, b]), default: 0] += packets
        if let ja3 = row["ja3"] as? String { account.ja3.insert(ja3) }
      }
      accounts[capture] = account
    }
    return accounts
  }

  // MARK: tshark

  private static func ask(_ paths: [String]) async -> [Account] {
    await withTaskGroup(of: (Int, Account).self) { group in
      var answers = [Account](repeating: Account(), count: paths.count)
      for index in paths.indices {
        if index >= 2, let (done, answer) = await group.next() { answers[done] = answer }
        group.addTask { (index, (try? ask(paths[index])) ?? Account()) }
      }
      for await (done, answer) in group { answers[done] = answer }
      return answers
    }
  }

  private static func ask(_ path: String) throws -> Account {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tshark ?? "")
    process.arguments = [
      "-n", "-r", path, "-z", "conv,tcp", "-z", "conv,udp", "-Y", "tls.handshake.type == 1", "-T", "fields", "-e",
      "tls.handshake.ja3",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return account(text)
  }

  /// Reads tshark's tables of conversations, and the fields printed before them.
  private static func account(_ text: String) -> Account {
    var account = Account()
    var proto = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("TCP Conv") { proto = "tcp" } else if line.hasPrefix("UDP Conv") { proto = "udp" }
      let words = line.split(separator: " ")
      if words.count > 10, words[1] == "<->" {
        let packets = Int(words[9].replacing(",", with: "")) ?? -1
        account.packets[key(proto, [String(words[0]), String(words[2])]), default: 0] += packets
      } else if proto.isEmpty, !line.hasPrefix("=") {
        account.ja3.formUnion(line.split { $0 == "," || $0 == "\t" }.map(String.init).filter { $0.count == 32 })
      }
    }
    return account
  }

  // MARK: The list

  private struct Entry {
    var cause: String
    var checks: Set<String>
  }

  /// The causes that the list's head explains.
  private static let causes: Set<String> = [
    "fragments", "tunnel", "unopened-tunnel", "damage", "malformed", "link-type", "jumbogram", "inner-protocol",
    "source-route", "sslv2", "other-decoder",
  ]

  private static func listed() throws -> [String: Entry] {
    var entries: [String: Entry] = [:]
    for line in try String(contentsOfFile: Program.fixtures + "/comparison.tsv", encoding: .utf8).split(separator: "\n")
    where !line.hasPrefix("#") {
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 3 else { continue }
      entries[fields[0]] = Entry(cause: fields[1], checks: Set(fields[2].split(separator: ",").map(String.init)))
    }
    return entries
  }
}
