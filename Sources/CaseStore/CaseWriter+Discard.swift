import Records

extension CaseWriter {
  /// Takes the flows, notes and sums of an evidence back, because it has turned out to be a second copy. Its problems stay:
  /// the copy may have damage of its own. Only that flows were cut before it is said of flows that are gone.
  ///
  /// To be called before the evidence is closed; its own row stays. What is written afterwards is numbered as if the flows
  /// had never been there, and so is what was written in between.
  ///
  /// - Returns: problems that were taken back.
  @discardableResult package func discardFlows(of evidence: Int64) throws(StoreError) -> Int {
    guard let item = unit?.items[evidence], !item.isClosed else { throw noSuchEvidence(evidence) }
    var removed = 0
    do {
      if let first = item.firstFlow {
        try connection.execute(
          "DELETE FROM prediction WHERE flow_id IN (SELECT flow_id FROM flow WHERE flow_id >= ? AND evidence_id = ?)",
          [.integer(first), .integer(evidence)])
        try connection.execute(
          "DELETE FROM flow WHERE flow_id >= ? AND evidence_id = ?", [.integer(first), .integer(evidence)])
        let next = try closeGap(from: first, in: "flow", "flow_id")
        unit?.nextFlow = next
      }
      if let first = item.firstProblem, let problem = try splitSequence(of: evidence, from: first) {
        try connection.execute("DELETE FROM problem WHERE problem_id = ?", [.integer(problem)])
        let next = try closeGap(from: problem, in: "problem", "problem_id")
        unit?.nextProblem = next
        removed = 1
      }
      if let first = item.firstNote {
        try connection.execute(
          "DELETE FROM capture_note WHERE note_id >= ? AND evidence_id = ?", [.integer(first), .integer(evidence)])
        let next = try closeGap(from: first, in: "capture_note", "note_id")
        unit?.nextNote = next
      }
    } catch {
      throw broken(error)
    }
    var kept = Unit.Item(path: item.path, parent: item.parent)
    kept.problems = item.problems - removed
    // One that was moved, or went away with the one taken back, is no longer the first; none is needed any more.
    unit?.items[evidence] = kept
    if item.flows > 0 { unit?.sums = nil }
    return removed
  }

  /// The one problem that says of an evidence that it goes on where another ends.
  private func splitSequence(of evidence: Int64, from first: Int64) throws(StoreError) -> Int64? {
    try connection.integer(
      "SELECT min(problem_id) FROM problem WHERE problem_id >= ? AND evidence_id = ? AND code = ?",
      [.integer(first), .integer(evidence), .text(Problem.Code.splitSequence.rawValue)])
  }

  /// Moves the rows after a gap down, in their order, so that no number is left out.
  ///
  /// There are none unless evidence was interleaved, as in a sequence of captures.
  ///
  /// - Returns: the number for the next row.
  private func closeGap(from first: Int64, in table: String, _ column: String) throws(StoreError) -> Int64 {
    let statement = try connection.prepare("SELECT \(column) FROM \(table) WHERE \(column) > ? ORDER BY \(column)")
    statement.bind(first)
    var later: [Int64] = []
    while try statement.step() {
      if case .integer(let number)? = statement.row().first { later.append(number) }
    }
    if later.isEmpty { return first }
    // A flow and its predictions change their number one after the other; the reference is checked at the commit.
    try connection.execute("PRAGMA defer_foreign_keys = ON")
    for (index, old) in later.enumerated() where old != first + Int64(index) {
      let values: [SQLValue] = [.integer(first + Int64(index)), .integer(old)]
      try connection.execute("UPDATE \(table) SET \(column) = ? WHERE \(column) = ?", values)
      if table == "flow" {
        try connection.execute("UPDATE prediction SET flow_id = ? WHERE flow_id = ?", values)
      }
    }
    renumberFirsts(later, from: first, in: table)
    return first + Int64(later.count)
  }

  private func renumberFirsts(_ later: [Int64], from first: Int64, in table: String) {
    let moved = Dictionary(uniqueKeysWithValues: later.enumerated().map { ($1, first + Int64($0)) })
    guard let items = unit?.items else { return }
    unit?.items = items.mapValues { item in
      var item = item
      switch table {
      case "flow": item.firstFlow = item.firstFlow.map { moved[$0] ?? $0 }
      case "problem": item.firstProblem = item.firstProblem.map { moved[$0] ?? $0 }
      default: item.firstNote = item.firstNote.map { moved[$0] ?? $0 }
      }
      return item
    }
  }
}
