package import Records

/// What a task brings, in order, to be written into the case. Nodes number the pieces of evidence of the task from 0.
package enum UnitEvent: Sendable {
  case opened(node: Int, parent: Int?, path: String)
  /// Each flow names the nodes of the captures that hold its first and last packet.
  case flows([ClassifiedFlow])
  case problem(node: Int, Problem)
  case note(node: Int, CaptureNote)
  case closed(node: Int, EvidenceRecord)
  /// The evidence is in the case already, unchanged; nothing is written but that this run met it.
  case alreadyKnown(Int64)
  /// What came since the last of these, or the beginning, is whole and can be committed.
  case unitEnded
  /// The scan was interrupted: files of the task are left for the next run.
  case leftOver

  var flowCount: Int {
    if case .flows(let flows) = self { flows.count } else { 0 }
  }
}
