import Records
import Traffic

/// Takes the flows of a unit that is cut again, and remembers the packets of those that are wanted.
final class CarveSink: ScanTask.Sink {
  /// Packets by the node of their capture: number, and place of the flow in the unit.
  typealias Selection = [Int: [(number: Int, flow: Int)]]

  private struct Key: Hashable {
    var evidence: Int64
    var packet: Int
  }

  private let unit: CarveUnit
  private var wanted: [Key: Int]
  private var opened = 0
  private var evidenceOfNode: [Int: Int64] = [:]
  private var roots: [Int] = []
  private var digestOfNode: [Int: String] = [:]
  private(set) var selection: Selection = [:]
  private(set) var found = 0

  init(_ unit: CarveUnit) {
    self.unit = unit
    wanted = Dictionary(
      unit.flows.enumerated().map { (Key(evidence: $1.evidence, packet: $1.firstPacket), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Digests of the files as they are stored, in their order.
  var digests: [String?] { roots.map { digestOfNode[$0] } }

  /// Places of the flows that were not found.
  var missing: [Int] { wanted.values.sorted() }

  func append(_ event: UnitEvent) {
    switch event {
    case .opened(let node, let parent, _):
      if parent == nil { roots.append(node) }
      // Evidence was numbered in the order in which it was opened.
      if opened < unit.evidence.count { evidenceOfNode[node] = unit.evidence[opened].id }
      opened += 1
    case .closed(let node, let record): digestOfNode[node] = record.containerSHA256?.description
    default: break
    }
  }

  func submit(_ flows: [ObservedFlow]) {
    for flow in flows where !flow.packetNumbers.isEmpty {
      let first = flow.record.firstPacket
      guard let evidence = evidenceOfNode[first.capture],
        let index = wanted[Key(evidence: evidence, packet: first.number)],
        unit.flows[index].packets == flow.packetNumbers.count
      else { continue }
      wanted[Key(evidence: evidence, packet: first.number)] = nil
      found += 1
      for packet in flow.packetNumbers { selection[packet.capture, default: []].append((packet.number, index)) }
    }
  }

  func holdBack() {}
}
