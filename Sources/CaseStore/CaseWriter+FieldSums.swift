import Records

extension CaseWriter {
  /// Adds the open unit's sums by header field to those of the case.
  func addFieldSums(_ tally: FieldTally) throws(StoreError) {
    for (key, added) in tally.labels {
      let label = try names(of: key.model).name(of: key.verdict) ?? "unknown"
      var total = try fieldSums(model: key.model, label: label)
      total.add(added)
      // A field that occurs in no flow of this unit weighed nothing in them, so its spread changes too.
      for field in HeaderField.allCases {
        guard let sums = total.fields[field] else { continue }
        try write(sums, of: field, model: key.model, label: label, labelFlows: total.flows)
      }
    }
  }

  /// What the case has of a label so far.
  private func fieldSums(model: Int64, label: String) throws(StoreError) -> FieldTally.Label {
    let statement = try connection.prepare(
      """
      SELECT field, label_flows, flows, bytes, weight_sum, weight_square_sum FROM attention_field_sum
      WHERE model_id = ? AND label = ?
      """)
    statement.bind(model)
    statement.bind(label)
    var known = FieldTally.Label()
    while try statement.step() {
      let row = statement.row()
      guard case .text(let name)? = row.first, let field = HeaderField(rawValue: name) else { continue }
      let numbers = row.dropFirst().map { value in if case .integer(let number) = value { Int(number) } else { 0 } }
      guard numbers.count == 5 else { continue }
      known.flows = numbers[0]
      known.fields[field] = FieldTally.Sums(
        flows: numbers[1], bytes: numbers[2], weight: numbers[3], square: numbers[4])
    }
    return known
  }

  private func write(
    _ sums: FieldTally.Sums, of field: HeaderField, model: Int64, label: String, labelFlows: Int
  ) throws(StoreError) {
    let deviation = Self.deviation(flows: labelFlows, sum: sums.weight, squareSum: sums.square)
    try connection.execute(
      """
      INSERT OR REPLACE INTO attention_field_sum (
        model_id, label, field, part, label_flows, flows, bytes, weight_sum, weight_square_sum, stddev)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(model), .text(label), .text(field.rawValue), .text(field.part.rawValue), .integer(Int64(labelFlows)),
        .integer(Int64(sums.flows)), .integer(Int64(sums.bytes)), .integer(Int64(sums.weight)),
        .integer(Int64(sums.square)), .real(deviation),
      ])
  }
}
