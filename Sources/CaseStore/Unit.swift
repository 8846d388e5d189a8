/// What the writer remembers of the unit that is open.
struct Unit {
  struct Item {
    var path: String
    var parent: Int64?
    var isClosed = false
    /// Number of its first flow, first problem and first note, where it has any.
    var firstFlow: Int64?, firstProblem: Int64?, firstNote: Int64?
    var flows = 0, problems = 0, notes = 0, predictions = 0, metadata = 0
    /// Packets of its flows.
    var flowPackets = 0
    /// Kept apart until the evidence is closed, because it may yet turn out to be a second copy.
    var tally = AttentionTally()
    /// Over the rows of its flows.
    var digest = RowDigest()
  }

  let run: Int64
  /// The number that the first flow of the unit has, or would have had.
  let firstFlow: Int64
  var nextFlow: Int64, nextProblem: Int64, nextNote: Int64, nextEvidence: Int64
  var items: [Int64: Item] = [:]
  var tally = AttentionTally()
  /// `nil` where they are to be taken from the rows: there are too many, or flows were taken back.
  var sums: FlowSums? = FlowSums()
  /// Models that labelled its flows.
  var models: Set<Int64> = []
  /// A statement has failed, so that the unit is not whole and can only be given up.
  var isBroken = false
}
