import Records

extension CaseWriter {
  /// Adds the open unit's flows to the sums that overviews are made of.
  ///
  /// The sums over flows are taken by SQLite from the rows themselves, which bounds memory whatever the evidence. All but
  /// attention are sums of integers, so that no order of addition can show in them.
  func addSummaries(of unit: Unit) throws(StoreError) {
    if let sums = unit.sums {
      try add(sums)
    } else if unit.nextFlow > unit.firstFlow {
      try addFlowSums(from: unit.firstFlow)
      let models = unit.models.isEmpty ? [nil] : unit.models.sorted().map { Optional($0) }
      for model in models { try addLabelSums(from: unit.firstFlow, model: model) }
    }
    try addAttention(unit.tally)
  }

  /// Adds sums of attention to those of the case.
  func addAttention(_ tally: AttentionTally) throws(StoreError) {
    for (key, moments) in tally.moments {
      let label = try names(of: key.model).name(of: key.verdict) ?? "unknown"
      for (index, moment) in moments.enumerated() {
        try add(moment, model: key.model, label: label, packet: Int64(index + 1))
      }
    }
    try addFieldSums(tally.fields)
  }

  private func add(
    _ moment: AttentionTally.Moments, model: Int64, label: String, packet: Int64
  ) throws(StoreError) {
    var total = moment
    let known = try connection.row(
      """
      SELECT flows, weight_sum, weight_square_sum FROM attention_sum
      WHERE model_id = ? AND label = ? AND packet_position = ?
      """, [.integer(model), .text(label), .integer(packet)])
    if let known, case .integer(let flows) = known[0], case .integer(let sum) = known[1],
      case .integer(let square) = known[2]
    {
      total.flows &+= Int(flows)
      total.sum &+= Int(sum)
      total.squareSum &+= Int(square)
    }
    let deviation = Self.deviation(flows: total.flows, sum: total.sum, squareSum: total.squareSum)
    try connection.execute(
      """
      INSERT OR REPLACE INTO attention_sum (
        model_id, label, packet_position, flows, weight_sum, weight_square_sum, stddev)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(model), .text(label), .integer(packet), .integer(Int64(total.flows)),
        .integer(Int64(total.sum)), .integer(Int64(total.squareSum)), .real(deviation),
      ])
  }
}
