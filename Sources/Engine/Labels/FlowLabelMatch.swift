import Records
import Traffic

/// Finds the line of each flow of a capture.
struct FlowLabelMatch {
  /// What came of it.
  struct Found {
    var label: String, laboratory: String
    var group: String?
  }

  enum Outcome {
    case found(Found)
    /// Lines of different classes name the flow.
    case contradicted
    case none
  }

  private let labels: FlowLabels
  private let path: String
  private let index: [FlowLabel.Key: [FlowLabel]]
  /// Lines that named a flow, by table and number.
  private(set) var used: Set<LineID> = []

  struct LineID: Hashable {
    var table: Int, line: Int
  }

  /// A flow may begin this much before its line's time: clocks and roundings differ.
  private static let tolerance: Int64 = 1_000_000_000

  init(_ labels: FlowLabels, path: String) {
    self.labels = labels
    self.path = path
    index = labels.index(path: path)
  }

  var isEmpty: Bool { index.isEmpty }

  /// The lines that name the capture.
  var namingCapture: [LineID] {
    index.values.joined().filter { $0.path != nil }.map { LineID(table: $0.table, line: $0.line) }
  }

  /// - Parameter uid: the flow's `flow_uid` in a case.
  mutating func outcome(_ record: FlowRecord, uid: String?) -> Outcome {
    var lines = index[.ends(FlowLabelEnds(record.originator, record.responder))] ?? []
    if let id = record.communityID { lines += index[.communityID(id)] ?? [] }
    if let uid { lines += index[.flowUID(uid)] ?? [] }
    lines = Self.meant(lines.filter { $0.proto == nil || $0.proto == record.proto.rawValue }, record)
    guard let first = lines.first else { return .none }
    for line in lines { used.insert(LineID(table: line.table, line: line.line)) }
    guard lines.allSatisfy({ $0.label == first.label }) else { return .contradicted }
    return .found(Found(label: first.label, laboratory: labels.laboratory(first, path: path), group: first.group))
  }

  /// Of lines with a time the nearest within a second of the flow's beginning, else the last before it; all lines without one.
  private static func meant(_ lines: [FlowLabel], _ record: FlowRecord) -> [FlowLabel] {
    // As floating point, whose steps are a fraction of a microsecond here: no difference of two times is out of range.
    let begin = Double(record.start.nanoseconds)
    let starts = lines.compactMap(\.start)
    let nearest = starts.min { (Double($0) - begin).magnitude < (Double($1) - begin).magnitude }
    let isNear = nearest.map { (Double($0) - begin).magnitude <= Double(tolerance) } ?? false
    let chosen = isNear ? nearest : starts.filter { Double($0) <= begin }.max()
    return lines.filter { $0.start == nil || $0.start == chosen && chosen != nil }
  }
}
