import Evidence
import Foundation
import Records
import Testing
import Traffic

/// The corpus directory, when the machine has one.
private let corpus = ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"].map { URL(fileURLWithPath: $0) }

@Suite struct CorpusTests {
  /// Every capture that capinfos reads has at least as many packets here, and its ledger adds up. Zeros behind the last record are
  /// empty packets to capinfos, one in sixteen bytes, and none here.
  @Test(
    .enabled(if: corpus != nil, "FLOWCASE_CORPUS is not set: the corpus captures were not read"),
    arguments: ["hard", "ndpi"])
  func packetCountsEqualCapinfos(folder: String) throws {
    let root = try #require(corpus).appendingPathComponent(folder)
    let table = root.appendingPathComponent("capinfos.csv")
    var compared = 0
    for line in try String(contentsOf: table, encoding: .utf8).split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count > 7, let expected = Int(fields[7]), fields[1].hasSuffix("pcap") || fields[1] == "pcapng" else {
        continue
      }
      let file = root.appendingPathComponent((folder == "ndpi" ? "default/pcap/" : "") + fields[0])
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let (ledger, zeros) = reading(of: file)
      compared += 1
      #expect(ledger.read + zeros / 16 >= expected, "\(fields[0])")
      #expect(ledger.addsUp, "\(fields[0])")
    }
    #expect(compared > 20)
  }

  /// The account of a capture, and the bytes of it that are zeros in the place of records.
  private func reading(of file: URL) -> (ledger: PacketLedger, zeros: Int) {
    var tracker = CaptureTracker(policy: FlowPolicy(.flowcase), plan: .nothing)
    withoutActuallyEscaping({ (event: EvidenceEvent) in
      if case .captureBytes(_, let bytes) = event { tracker.append(bytes) }
    }) { emit in
      var reader = EvidenceReader(emit: emit)
      reader.read(EvidencePath(file.path))
    }
    tracker.finish()
    let zeros = tracker.problems.filter { $0.code == .zeroFilled }.reduce(0) { $0 + $1.bytesLost }
    return (tracker.ledger, zeros)
  }
}
