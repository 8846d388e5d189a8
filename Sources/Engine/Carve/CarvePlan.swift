import CaseStore
import Records
import Traffic

/// A flow to be cut out of its evidence.
struct CarvedFlow: Sendable {
  var uid: String
  var label: String
  var confidence: Double?
  /// The evidence that holds its first packet, and that packet's number there.
  var evidence: Int64
  var firstPacket: Int
  var ends: FlowEnds
  /// Packets it has by the case.
  var packets: Int
}

/// What was read together in a scan and is read together again: one file with everything in it, or the captures of a
/// sequence, with the flows wanted of it.
struct CarveUnit: Sendable {
  /// A file of the unit as the case has it.
  struct File: Sendable {
    var path: String
    /// `nil` where it could not be read to its end.
    var sha256: String?
    var size: Int
  }

  var files: [File]
  /// Numbers and paths of all its evidence in the order in which it was opened.
  var evidence: [(id: Int64, path: String)]
  var flows: [CarvedFlow]
  /// The settings of the run that read it, by name.
  var settings: [String: String]
}

/// Finds the flows that a condition chooses, and what must be read to have their packets.
struct CarvePlan {
  private struct Item {
    var id: Int64
    var parent: Int64?
    var path: String
    var sha256: String?
    var size: Int
    var sequence: Int64?
    var position: Int
  }

  private let reader: CaseReader
  private var items: [Int64: Item] = [:]
  private var children: [Int64: [Int64]] = [:]
  private var runOfRoot: [Int64: Int64] = [:]
  private var settings: [Int64: [String: String]] = [:]

  init(_ reader: CaseReader) throws {
    self.reader = reader
    try reader.query(
      """
      SELECT evidence_id, parent_id, path, container_sha256, container_bytes, sequence_id, sequence_position
      FROM evidence_item ORDER BY evidence_id
      """, begin: { _ in }
    ) { row in
      guard case .integer(let id) = row[0], case .text(let path) = row[2] else { return }
      let item = Item(
        id: id, parent: row[1].integer, path: path, sha256: row[3].text, size: Int(row[4].integer ?? 0),
        sequence: row[5].integer, position: Int(row[6].integer ?? 0))
      items[id] = item
      if let parent = item.parent { children[parent, default: []].append(id) }
    }
    for row in try reader.rows("SELECT evidence_id, run_id FROM run_evidence WHERE outcome = 'read'") {
      if case .integer(let evidence) = row[0], case .integer(let run) = row[1] { runOfRoot[evidence] = run }
    }
    for row in try reader.rows(Self.settingsOfRuns) {
      guard case .integer(let run) = row[0], case .text(let name) = row[1], case .text(let value) = row[2] else {
        continue
      }
      settings[run, default: [:]][name] = value
    }
  }

  /// Settings as the runs recorded them; of a case that was brought up from version 1, what its command line and its model say.
  private static let settingsOfRuns = """
    SELECT r.run_id, s.key, CAST(s.value AS TEXT) FROM run AS r, json_each(r.settings) AS s WHERE r.settings IS NOT NULL
    UNION ALL
    SELECT r.run_id, 'policy', coalesce(
      (SELECT n.value FROM json_each(r.arguments) AS o
       JOIN json_each(r.arguments) AS n ON n.key = o.key + 1 WHERE o.value = '--policy'),
      (SELECT (m.metadata ->> '$."flowcase.contract"') ->> '$.flow_policy' FROM model AS m ORDER BY m.model_id DESC LIMIT 1),
      'flowcase')
    FROM run AS r WHERE r.settings IS NULL
    UNION ALL
    SELECT r.run_id, 'filter', n.value FROM run AS r, json_each(r.arguments) AS o
    JOIN json_each(r.arguments) AS n ON n.key = o.key + 1
    WHERE r.settings IS NULL AND o.value = '--filter'
    """

  /// The units that hold the chosen flows, in the order of the case.
  ///
  /// - Parameter condition: an SQL expression over the columns of the view `flows`; `nil` for every flow.
  func units(where condition: String?) throws -> [CarveUnit] {
    var flows: [Int64: [CarvedFlow]] = [:]
    var order: [Int64] = []
    try reader.query(
      """
      SELECT flow_uid, label, confidence, evidence_id, first_packet, proto, orig_ip, orig_port, resp_ip, resp_port,
        orig_pkts + resp_pkts
      FROM flows \(condition.map { "WHERE (\($0)\n)" } ?? "") ORDER BY flow_id
      """, begin: { _ in }
    ) { row in
      guard let flow = CarvedFlow(row) else { return }
      let first = firstFile(of: flow.evidence)
      if flows[first] == nil { order.append(first) }
      flows[first, default: []].append(flow)
    }
    return order.map { unit(beginningWith: $0, flows[$0] ?? []) }
  }

  private func root(of id: Int64) -> Int64 {
    var top = id
    // Evidence is nested a few layers deep; a case that was tampered with could lead in a circle.
    for _ in 0..<64 {
      guard let parent = items[top]?.parent else { break }
      top = parent
    }
    return top
  }

  /// The file that the unit of a piece of evidence begins with.
  private func firstFile(of evidence: Int64) -> Int64 {
    let top = root(of: evidence)
    return items[top]?.sequence ?? top
  }

  private func unit(beginningWith first: Int64, _ flows: [CarvedFlow]) -> CarveUnit {
    let isSequence = items[first]?.sequence == first
    let roots =
      isSequence
      ? items.values.filter { $0.sequence == first && $0.parent == nil }.sorted { $0.position < $1.position }
      : items[first].map { [$0] } ?? []
    var evidence: [(Int64, String)] = []
    for root in roots { list(root.id, into: &evidence, depth: 0) }
    return CarveUnit(
      files: roots.map { CarveUnit.File(path: $0.path, sha256: $0.sha256, size: $0.size) },
      evidence: evidence.sorted { $0.0 < $1.0 }.map { (id: $0.0, path: $0.1) }, flows: flows,
      settings: runOfRoot[first].flatMap { settings[$0] } ?? [:])
  }

  private func list(_ id: Int64, into evidence: inout [(Int64, String)], depth: Int) {
    guard depth < 64, let item = items[id] else { return }
    evidence.append((id, item.path))
    for child in children[id] ?? [] { list(child, into: &evidence, depth: depth + 1) }
  }
}

extension CarvedFlow {
  /// - Parameter row: as `CarvePlan.units` asks for it; `nil` when it is not that.
  fileprivate init?(_ row: [SQLValue]) {
    guard case .text(let uid) = row[0], case .text(let label) = row[1], case .integer(let evidence) = row[3],
      case .integer(let first) = row[4], case .text(let proto) = row[5], let packets = row[10].integer,
      let originator = Endpoint(row[6], row[7]), let responder = Endpoint(row[8], row[9])
    else { return nil }
    var confidence: Double?
    if case .real(let value) = row[2] { confidence = value }
    self.init(
      uid: uid, label: label, confidence: confidence, evidence: evidence, firstPacket: Int(first),
      ends: FlowEnds(originator, responder, proto: proto), packets: Int(packets))
  }
}

extension Endpoint {
  /// An end of a flow from its columns in a case.
  init?(_ address: SQLValue, _ port: SQLValue) {
    guard case .text(let text) = address, let address = IPAddress(text), let port = port.integer else { return nil }
    self.init(address: address, port: UInt16(clamping: port))
  }
}
