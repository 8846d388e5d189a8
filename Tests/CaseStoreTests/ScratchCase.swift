import CaseStore
import Foundation
import Records

/// A directory of its own for one test, removed at the end, and the rows that tests write.
final class ScratchCase {
  let directory: URL
  var path: String { directory.appendingPathComponent("case.db").path }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func writer(pageLimit: Int? = nil) throws -> CaseWriter {
    try CaseWriter(path: path, pageLimit: pageLimit, hash: Self.hash)
  }

  func reader() throws -> CaseReader { try CaseReader(path: path) }

  /// The answer to a question, each row as text with `|` between the values.
  func ask(_ sql: String) throws -> [String] {
    try reader().rows(sql).map { row in row.map(Self.text).joined(separator: "|") }
  }

  /// Everything in the case but what says when and by whom it was made.
  func dump() throws -> [String] {
    let reader = try reader()
    let tables = try reader.rows(
      """
      SELECT name FROM sqlite_schema
      WHERE type = 'table' AND name NOT IN ('run', 'run_evidence', 'audit') ORDER BY name
      """)
    var lines = try reader.rows("SELECT sql FROM sqlite_schema ORDER BY type, name").map { Self.text($0[0]) }
    for table in tables {
      let name = Self.text(table[0])
      lines += try reader.rows("SELECT * FROM \(name)").map { "\(name): \($0)" }
    }
    return lines
  }

  static func text(_ value: SQLValue) -> String {
    switch value {
    case .null: "NULL"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    case .blob(let value): "\(value)"
    }
  }

  /// A stand-in for SHA-256 with its shape: FNV-1a, four times over.
  static let hash: @Sendable ([UInt8]) -> String = { bytes in
    (0..<4).map { round in
      let value = bytes.reduce(14_695_981_039_346_656_037 &+ UInt64(round)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// Rows as a scan would make them.
enum Sample {
  static let run = RunRecord(
    toolVersion: "0.1", arguments: ["scan", "a \"quoted\" name"], host: "lab", environment: ["blas": "none"],
    startedAt: "2024-05-01T00:00:00Z")

  static func digest(_ byte: UInt8) throws -> SHA256Digest {
    guard let digest = SHA256Digest(Array(repeating: byte, count: 32)) else { throw Missing() }
    return digest
  }

  struct Missing: Error {}

  static func model(_ byte: UInt8 = 0xaa, labels: [String] = ["chat", "voip"]) throws -> ModelRecord {
    ModelRecord(
      sha256: try digest(byte), architecture: "attention-lstm", labels: labels, packetCount: 10, threshold: 0.5,
      metadataJSON: "{}")
  }

  static func flow(_ number: Int, serverName: String? = nil) -> FlowRecord {
    var flow = FlowRecord(
      start: CaptureTime(nanoseconds: 1_430_324_727_323_512_000 + Int64(number) * 1_000_000_000),
      end: CaptureTime(nanoseconds: 1_430_324_727_823_512_000 + Int64(number) * 1_000_000_000), proto: .tcp,
      originator: Endpoint(address: IPAddress(v4: 0x0a00_0001), port: 40_000),
      responder: Endpoint(address: IPAddress(v4: 0xc000_0200 + UInt32(number % 200)), port: 443),
      endReason: .finished, firstPacket: PacketPosition(number: number * 10 + 1, streamOffset: 24),
      lastPacket: PacketPosition(number: number * 10 + 9, streamOffset: 2024))
    flow.sent = DirectionCounters(packets: 5, ipBytes: 500)
    flow.answered = DirectionCounters(packets: 4, ipBytes: 4000)
    flow.serverName = serverName
    flow.communityID = "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
    return flow
  }

  static func classified(_ number: Int) -> ClassifiedFlow {
    let confidence = 0.6 + Float(number % 7) / 30
    let classification: Classification =
      switch number % 4 {
      case 0: .protocolName("dns")
      case 1:
        .model(
          Prediction(
            probabilities: [1 - confidence, confidence], predicted: 1, verdict: .label(1), attention: [0.25, 0.75]))
      case 2:
        .model(
          Prediction(probabilities: [confidence, 1 - confidence], predicted: 0, verdict: .label(0), attention: [1]))
      default:
        .model(
          Prediction(probabilities: [0.49, 0.51], predicted: 1, verdict: .abstain, attention: [0.1, 0.2, 0.7]))
      }
    return ClassifiedFlow(flow: flow(number), classification: classification)
  }

  static func record(
    _ path: String, _ byte: UInt8, flows: Int, status: EvidenceStatus = .complete
  ) throws -> EvidenceRecord {
    var record = EvidenceRecord(path: path, format: "gzip+pcap", status: status)
    record.containerBytes = 1000
    record.streamBytes = 5000
    record.containerSHA256 = try digest(byte ^ 0x80)
    record.streamSHA256 = try digest(byte)
    record.linkTypes = ["EN10MB"]
    record.ledger.read = flows * 9 + 3
    record.ledger.inFlows = flows * 9
    record.ledger.notIP = 3
    return record
  }

  /// Writes one file as one unit.
  static func add(_ path: String, _ byte: UInt8, flows: Range<Int>, to writer: CaseWriter, run: Int64, model: Int64?)
    throws
  {
    try writer.beginUnit(run: run)
    let evidence = try writer.openEvidence(path: path, parent: nil)
    for number in flows {
      if let model {
        try writer.append(classified(number), evidence: evidence, model: model)
      } else {
        try writer.append(
          ClassifiedFlow(flow: flow(number), classification: .none), evidence: evidence, model: nil)
      }
    }
    try writer.append(Problem(.truncatedCapture, offset: 77, bytesLost: 5, message: "cut off"), evidence: evidence)
    try writer.closeEvidence(evidence, as: record(path, byte, flows: flows.count), duplicateOf: nil)
    try writer.commitUnit()
  }
}
