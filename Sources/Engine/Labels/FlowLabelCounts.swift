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
  package var withoutLine = 0
  /// Lines that can be read, and those of them that named a flow.
  package private(set) var lines = 0, matchedLines = 0
  /// Lines that cannot be read.
  package private(set) var unreadable: [UnreadableLabel] = []
  private var used: Set<FlowLabelMatch.LineID> = []

  package init() {}

  init(_ labels: FlowLabels) { (lines, unreadable) = (labels.lineCount, labels.unreadable) }

  mutating func note(_ lines: Set<FlowLabelMatch.LineID>) {
    used.formUnion(lines)
    matchedLines = used.count
  }

  /// Whether a line named a flow.
  func isUsed(table: Int, line: Int) -> Bool { used.contains(FlowLabelMatch.LineID(table: table, line: line)) }
}
