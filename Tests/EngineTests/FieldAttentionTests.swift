import CaseStore
import Engine
import Foundation
import Learning
import Records
import Testing

/// What a scan with a hierarchical model says of the fields of the protocol headers.
@Suite struct FieldAttentionTests {
  private static let captures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures/captures")

  /// A small hierarchical model with drawn weights.
  private func model() throws -> Scan.Model {
    var contract = InputContract(packets: 6, bytesPerPacket: 80)
    contract.leaveOut = .dns
    contract.encoding = .bits
    let description = ModelDescription(
      labels: ["one", "two", "three"], contract: contract, shape: .han(Dimensions(units: 5, attention: 4, hidden: 6)),
      loss: .crossEntropy)
    var generator = SeededGenerator(seed: 11)
    var tensors: [String: Tensor] = [:]
    for entry in description.layout.entries {
      let values = (0..<entry.shape.reduce(1, *)).map { _ in
        (generator.unit() * 2 - 1) * (entry.name.hasPrefix("hidden") ? 6 : 1)
      }
      tensors[entry.name] = Tensor(shape: entry.shape, values: values)
    }
    let digest = try #require(SHA256Digest([UInt8](repeating: 7, count: 32)))
    return Scan.Model(try FrozenModel(description, tensors: tensors), sha256: digest)
  }

  private func evidence() throws -> ScratchScan {
    let scratch = try ScratchScan()
    for file in try FileManager.default.contentsOfDirectory(at: Self.captures, includingPropertiesForKeys: nil) {
      try scratch.write("evidence/\(file.lastPathComponent)", [UInt8](try Data(contentsOf: file)))
    }
    return scratch
  }

  @Test func weightsAddUpToOneForEachLabelWithAnyNumberOfWorkers() throws {
    let scratch = try evidence(), model = try model()
    for workers in [1, 4] { try scratch.scan("evidence", into: "\(workers).db", workers: workers, model: model) }
    #expect(try scratch.rows("1.db") == scratch.rows("4.db"))
    let sums = try scratch.ask(
      "1.db",
      "SELECT label, abs(sum(mean) - 1) < 1e-5, abs(sum(byte_share) - 1) < 1e-9 FROM attention_fields GROUP BY 1")
    #expect(sums.count > 1)
    #expect(sums.allSatisfy { $0.hasSuffix("|1|1") })
    #expect(
      try scratch.ask("1.db", "SELECT label, max(flows), min(flows) FROM attention_fields GROUP BY 1 ORDER BY 1")
        == scratch.ask(
          "1.db", "SELECT label, count(*), count(*) FROM flows WHERE attention IS NOT NULL GROUP BY 1 ORDER BY 1"))
    #expect(
      try scratch.ask("1.db", "SELECT DISTINCT part FROM attention_parts ORDER BY 1") == ["header", "payload"])
    #expect(
      try scratch.ask("1.db", "SELECT label FROM attention_parts GROUP BY 1 HAVING abs(sum(mean) - 1) > 1e-5") == [])
    let fields = try scratch.ask("1.db", "SELECT DISTINCT field FROM attention_fields")
    for field in ["ip.ttl", "ipv6.hop_limit", "tcp.options", "udp.length", "tls.record", "quic.header", "payload"] {
      #expect(fields.contains(field))
    }
    #expect(try scratch.ask("1.db", "SELECT count(*) FROM attention_fields WHERE flows_with_field > flows") == ["0"])
  }

  @Test func aScanThatWasStoppedGoesOnToTheSameSums() throws {
    let scratch = try evidence(), model = try model()
    try scratch.scan("evidence", into: "whole.db", model: model)
    let interrupted = ScanCounters()
    interrupted.interrupt()
    _ = try scratch.scan("evidence", into: "c.db", counters: interrupted, model: model)
    try scratch.scan("evidence", into: "c.db", model: model)
    #expect(try scratch.rows("c.db") == scratch.rows("whole.db"))
    try scratch.scan("evidence", into: "c.db", model: model)
    #expect(try scratch.rows("c.db") == scratch.rows("whole.db"))
  }
}
