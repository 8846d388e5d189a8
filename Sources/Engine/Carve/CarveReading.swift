import Evidence
import Records
import Traffic

/// Reads the files of a unit once more and writes the packets that were selected.
struct CarveReading {
  private let unit: CarveUnit
  private let selection: CarveSink.Selection
  private let output: CarveOutput
  /// Number of the next file's first node.
  private var nextNode = 0
  private var begun: Set<Int> = []
  private(set) var packets = 0
  /// Packets whose link type pcapng has no number for.
  private(set) var unwritable = 0

  init(unit: CarveUnit, selection: CarveSink.Selection, output: CarveOutput) {
    self.unit = unit
    self.selection = selection.mapValues { $0.sorted { $0.number < $1.number } }
    self.output = output
  }

  /// - Returns: the file's SHA-256 as it was read.
  mutating func read(_ path: EvidencePath, limits: EvidenceLimits, passwords: [String]) throws -> String? {
    let firstNode = nextNode
    var cutting: [Int: PacketCutter] = [:]
    var failure: (any Error)?
    var digest: String?
    var state = self
    var reader = EvidenceReader(limits: limits, passwords: passwords) { event in
      if failure != nil { return }
      do {
        switch event {
        case .opened(let node, _, _):
          state.nextNode = max(state.nextNode, firstNode + node + 1)
          if let wanted = state.selection[firstNode + node] { cutting[node] = PacketCutter(wanted.map(\.number)) }
        case .captureBytes(let node, let bytes):
          guard var cutter = cutting.removeValue(forKey: node) else { return }
          var found: [CutPacket] = []
          cutter.append(bytes) { found.append($0) }
          cutting[node] = cutter
          for packet in found { try state.write(packet, node: firstNode + node) }
        case .closed(let node, let closing):
          if node == 0 { digest = closing.containerSHA256?.description }
          guard var cutter = cutting.removeValue(forKey: node) else { return }
          var found: [CutPacket] = []
          cutter.finish { found.append($0) }
          for packet in found { try state.write(packet, node: firstNode + node) }
        case .problem: break
        }
      } catch {
        failure = error
      }
    }
    reader.read(path)
    self = state
    if let failure { throw failure }
    return digest
  }

  private mutating func write(_ packet: CutPacket, node: Int) throws {
    guard let wanted = selection[node], let place = Self.place(of: packet.number, in: wanted) else { return }
    let flow = unit.flows[wanted[place].flow]
    let isFirst = begun.insert(wanted[place].flow).inserted
    let capture = unit.evidence.indices.contains(node) ? unit.evidence[node].path : ""
    if try output.write(packet, of: flow, from: capture, comments: Self.comments(flow, isFirst: isFirst)) {
      packets += 1
    } else {
      unwritable += 1
    }
  }

  private static func place(of number: Int, in wanted: [(number: Int, flow: Int)]) -> Int? {
    var low = 0, high = wanted.count
    while low < high {
      let middle = (low + high) / 2
      if wanted[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < wanted.count && wanted[low].number == number ? low : nil
  }

  /// First what pcapML reads: a number for the sample, and its label. Then, on a flow's first packet, which flow it is.
  private static func comments(_ flow: CarvedFlow, isFirst: Bool) -> [String] {
    let digest = Digest.of(Array(flow.uid.utf8), .sha256)
    let sample = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 1
    let label = "\(sample),\(flow.label)"
    guard isFirst else { return [label] }
    let confidence = flow.confidence.map { " confidence \($0)" } ?? ""
    return [label, "flow \(flow.uid)\(confidence), \(flow.packets.counted("packet"))"]
  }
}

extension CarveUnit {
  func path(of evidence: Int64) -> String { self.evidence.first { $0.id == evidence }?.path ?? "" }
}
