package import Records

/// What a task brings, in order, to be written into the case as one unit. Nodes number the pieces of evidence of the
/// task from 0.
package enum UnitEvent: Sendable {
  case opened(node: Int, parent: Int?, path: String)
  case flows(node: Int, [ClassifiedFlow])
  case problem(node: Int, Problem)
  case note(node: Int, CaptureNote)
  case closed(node: Int, EvidenceRecord)
  /// The evidence is in the case already, unchanged; nothing is written but that this run met it.
  case alreadyKnown(Int64)

  var flowCount: Int {
    if case .flows(_, let flows) = self { flows.count } else { 0 }
  }
}
