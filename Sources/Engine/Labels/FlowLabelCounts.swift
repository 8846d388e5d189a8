package import Records

/// What became of labels by flow: which lines named no flow, and which flows no line.
package struct FlowLabelCounts: Sendable {
  /// A flow that lines of different classes name.
  package struct Flow: Sendable, Equatable {
    package var path: String
    package var proto: IPProtocol
    package var originator: Endpoint, responder: Endpoint
    package var start: CaptureTime

    init(_ record: FlowRecord, path: String) {
      self.path = path
      (proto, start) = (record.proto, record.start)
      (originator, responder) = (record.originator, record.responder)
    }
  }

  /// Flows that got a label from a line.
  package var flows = 0
  /// Flows, left out, that lines of different classes name.
  package var contradicted: [Flow] = []
  /// Flows, left out, of captures that have lines, and none of their own.
  package var unlabelled: [Flow] = []
  package var withoutLine: Int { unlabelled.count }
  /// Lines that can be read, and those of them that named a flow.
  package private(set) var lines = 0, matchedLines = 0
  /// Lines that cannot be read.
  package private(set) var unreadable: [UnreadableLabel] = []
  private var labels = FlowLabels()
  private var used: Set<FlowLabelMatch.LineID> = [], asked: Set<FlowLabelMatch.LineID> = []

  package init() {}

  init(_ labels: FlowLabels) {
    (lines, unreadable) = (labels.lineCount, labels.unreadable)
    self.labels = labels
  }

  mutating func note(_ match: FlowLabelMatch) {
    used.formUnion(match.used)
    asked.formUnion(match.namingCapture)
    matchedLines = used.count
  }

  /// A line that can be read and named no flow.
  package struct UnmatchedLine: Sendable, Equatable {
    package var table: String
    package var line: Int
    /// The capture as the line names it; `nil` where it names none.
    package var path: String?
    /// Whether a capture was read that the line is about.
    package var isCaptureKnown: Bool
  }

  /// Lines that named no flow, in the order of the tables.
  package var unmatched: [UnmatchedLine] {
    labels.all.compactMap { label in
      let id = FlowLabelMatch.LineID(table: label.table, line: label.line)
      if used.contains(id) { return nil }
      return UnmatchedLine(
        table: labels.name(label), line: label.line, path: label.path,
        isCaptureKnown: label.path == nil || asked.contains(id))
    }
  }
}
