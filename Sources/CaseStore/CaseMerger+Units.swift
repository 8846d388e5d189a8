import Records

/// Which units of the source are taken.
extension CaseMerger {
  private struct Item {
    var id: Int64
    var parent: Int64?
    var path: String
    var stream: String?
    var flows: String?
    var isRead: Bool
    var sequence: Int64?
  }

  /// Fills `evidence_map`: every evidence of the source with its number in the new case, and whether it is copied.
  ///
  /// - Returns: numbers in the new case of the top-level files that are copied.
  func chooseUnits(_ path: String) throws(StoreError) -> [Int64] {
    let items = try sourceItems()
    let byID = Dictionary(items.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var next = (try writer.connection.integer("SELECT coalesce(max(evidence_id), 0) FROM main.evidence_item") ?? 0) + 1
    var taken: [Int64] = []
    for unit in Self.units(items, byID) {
      // Of which no capture was read.
      if !unit.contains(where: { $0.isRead && $0.stream != nil }), let known = try sameFile(unit[0].id) {
        outcome.known += 1
        for item in unit { try map(item.id, to: known, isCopied: false, isDuplicate: false) }
        continue
      }
      let captures = unit.filter { $0.isRead && $0.stream != nil }
      var known: [Int64: (id: Int64, flows: String?)] = [:]
      for capture in captures { known[capture.id] = try existing(capture.stream ?? "") }
      let isSequence = captures.contains { $0.sequence != nil && known[$0.id] != nil }
      if isSequence, known.count < captures.count {
        outcome.conflicts.append(
          "the recording that begins with '\(unit[0].path)' of '\(path)' shares \(known.count) of its \(captures.count) captures with a case before it and was left out, because its flows span them: scan both together into a new case"
        )
        try leaveOut(unit, known, path)
        continue
      }
      let same = captures.isEmpty || known.count < captures.count ? [:] : try sameFiles(unit, byID)
      var isTaken = false
      for item in unit {
        if let first = known[item.id] { try compare(item, first, path) }
        let top = Self.top(of: item, byID).id
        if let there = same[top] {
          try map(item.id, to: known[item.id]?.id ?? there, isCopied: false, isDuplicate: false)
          continue
        }
        try map(item.id, to: next, isCopied: true, isDuplicate: known[item.id] != nil)
        if item.parent == nil { taken.append(next) }
        next += 1
        isTaken = true
      }
      if isTaken { outcome.units += 1 } else { outcome.known += 1 }
    }
    return taken
  }

  /// The files of a unit that the new case has under the same path and with the same content, each with its number there. Copies
  /// that lie elsewhere have rows of their own.
  private func sameFiles(_ unit: [Item], _ byID: [Int64: Item]) throws(StoreError) -> [Int64: Int64] {
    var same: [Int64: Int64] = [:]
    for item in unit where item.parent == nil { same[item.id] = try sameFile(item.id) }
    return same
  }

  private func leaveOut(_ unit: [Item], _ known: [Int64: (id: Int64, flows: String?)], _ path: String)
    throws(StoreError)
  {
    for item in unit {
      try map(item.id, to: known[item.id]?.id ?? 0, isCopied: false, isDuplicate: false)
      if let first = known[item.id] { try compare(item, first, path) }
    }
  }

  /// Names a capture that is in both cases and gave other flows, or other labels, in each.
  private func compare(_ item: Item, _ first: (id: Int64, flows: String?), _ path: String) throws(StoreError) {
    if item.flows != first.flows {
      outcome.conflicts.append(
        "'\(item.path)' gave other flows or labels in '\(path)' than in a case before it; those of the case before it were kept: 'flowcase compare' shows the differences"
      )
    }
  }

  private func map(_ old: Int64, to new: Int64, isCopied: Bool, isDuplicate: Bool) throws(StoreError) {
    try writer.connection.execute(
      "INSERT INTO temp.evidence_map VALUES (?, ?, ?, ?)",
      [.integer(old), .integer(new), .integer(isCopied ? 1 : 0), .integer(isDuplicate ? 1 : 0)])
  }

  /// The file of the same path and content in the new case, if there is one.
  private func sameFile(_ file: Int64) throws(StoreError) -> Int64? {
    try writer.connection.integer(
      """
      SELECT m.evidence_id FROM main.evidence_item AS m
      JOIN source.evidence_item AS s ON s.path = m.path AND s.container_sha256 IS m.container_sha256
      WHERE s.evidence_id = ? AND m.parent_id IS NULL ORDER BY m.evidence_id LIMIT 1
      """, [.integer(file)])
  }

  private func existing(_ stream: String) throws(StoreError) -> (id: Int64, flows: String?)? {
    let row = try writer.connection.row(
      """
      SELECT evidence_id, flows_sha256 FROM main.evidence_item
      WHERE stream_sha256 = ? AND status IN ('complete', 'partial') ORDER BY evidence_id LIMIT 1
      """, [.text(stream)])
    guard let row, case .integer(let id) = row[0] else { return nil }
    if case .text(let flows) = row[1] { return (id, flows) }
    return (id, nil)
  }

  private func sourceItems() throws(StoreError) -> [Item] {
    let statement = try writer.connection.prepare(
      """
      SELECT evidence_id, parent_id, path, stream_sha256, flows_sha256, status IN ('complete', 'partial'), sequence_id
      FROM source.evidence_item ORDER BY evidence_id
      """)
    var items: [Item] = []
    while try statement.step() {
      let row = statement.row()
      guard case .integer(let id) = row[0], case .text(let path) = row[2] else { continue }
      var item = Item(id: id, path: path, isRead: row[5] == .integer(1))
      if case .integer(let parent) = row[1] { item.parent = parent }
      if case .text(let stream) = row[3] { item.stream = stream }
      if case .text(let flows) = row[4] { item.flows = flows }
      if case .integer(let sequence) = row[6] { item.sequence = sequence }
      items.append(item)
    }
    return items
  }

  /// The items in units, each in the order of their numbers.
  private static func units(_ items: [Item], _ byID: [Int64: Item]) -> [[Item]] {
    var units: [Int64: [Item]] = [:]
    for item in items {
      let top = Self.top(of: item, byID)
      units[top.sequence ?? top.id, default: []].append(item)
    }
    return units.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The file that a piece of evidence is in.
  private static func top(of item: Item, _ byID: [Int64: Item]) -> Item {
    var top = item
    // Evidence is nested a few layers deep; a case that was tampered with could lead in a circle.
    for _ in 0..<64 {
      guard let parent = top.parent, let above = byID[parent] else { break }
      top = above
    }
    return top
  }
}
