import Records
import Traffic

/// Captures that share a flow table, while the next one may still go on with it. Mostly it is one capture alone.
struct OpenSequence {
  var tracker: CaptureTracker
  /// Finished flows that wait until they make a batch.
  var pending: [ObservedFlow] = []
  /// Node of its first capture, and how many there are.
  let first: Int
  var count = 1
  /// The capture that was read last, whose row is told once it is known whether another follows.
  var lastClosed: (node: Int, record: EvidenceRecord)?
  /// Whether flows of more than one capture are in it already.
  var isJoined: Bool { count > 1 }

  init(first: Int, tracker: consuming CaptureTracker) {
    self.first = first
    self.tracker = tracker
  }
}

/// The end of a capture, for the one that may follow it.
struct SeriesEnd {
  var name: SeriesName
  /// The archive it is in; `nil` for a file.
  var parent: Int?
  var path: String
  /// Times of its first and last packet, in their order in it.
  var opening: CaptureTime, final: CaptureTime
  var linkTypes: Set<LinkType>
  /// Who was heard at its end; at its beginning where it was read before.
  var hosts: RecordedHosts
  /// Whether the flow table is still open.
  var isOpen: Bool
}
