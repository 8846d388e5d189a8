package import Records

extension CaseWriter {
  /// Writes what models see of a flow of the open unit.
  func insert(_ input: FlowInput, flow: Int64) throws(StoreError) {
    guard let statement = bulk.packet else { return }
    for (index, packet) in input.packets.enumerated() {
      statement.bind(flow)
      statement.bind(index + 1)
      statement.bind(packet.time.nanoseconds)
      statement.bind(packet.isFromOriginator ? 1 : 0)
      statement.bind(packet.ipLength)
      statement.bind(packet.transportOffset)
      statement.bind(packet.payloadOffset)
      statement.bind(.blob(packet.bytes))
      try statement.run()
    }
    if input.timeFeatures.isEmpty { return }
    // Every digit is kept: a tree's answer can hang on the last.
    let numbers = input.timeFeatures.map { $0.isFinite ? "\($0)" : "0.0" }
    try connection.execute(
      "INSERT INTO kept_features (flow_id, time_features) VALUES (?, ?)",
      [.integer(flow), .text("[\(numbers.joined(separator: ","))]")])
  }

  /// Adds what one more model says of flows that are in the case, all or nothing.
  ///
  /// - Parameters:
  ///   - model: as `register(model:)` numbered it.
  ///   - body: calls its argument with a flow, its evidence and what the model says of it; once for each flow of the case that
  ///     the model has said nothing of.
  package func reclassify(
    model: Int64, _ body: (_ add: (Int64, Int64, Classification) throws -> Void) throws -> Void
  ) throws {
    guard unit == nil else { throw StoreError(.misuse, "a unit of the case '\(connection.path)' is still open") }
    try connection.execute("BEGIN IMMEDIATE")
    do {
      var tally = AttentionTally()
      var count = 0
      let names = try names(of: model).labels
      try body { flow, _, classification in
        guard let statement = bulk.prediction else { return }
        bulk.row.begin()
        guard try bind(classification, flow: flow, model: model, to: statement) else { return }
        try statement.run()
        count += 1
        if case .model(let prediction) = classification {
          tally.add(prediction, for: .init(model: model, verdict: prediction.verdict))
        }
      }
      for table in ["label_hour", "evidence_label", "host_label"] {
        try connection.execute("DELETE FROM \(table) WHERE model_id = ?", [.integer(model)])
      }
      try addLabelSums(from: 1, model: model)
      try addAttention(tally)
      try refreshAgreement()
      try addCounts(["prediction": count])
      try note(
        "reclassified",
        [
          "model_sha256": "\(JSONText.string(try modelDigest(model)))", "flows": "\(count)",
          "labels": JSONText.array(names),
        ])
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }

  /// Counts the labels of every two models side by side anew.
  func refreshAgreement() throws(StoreError) {
    try connection.execute("DELETE FROM agreement_sum")
    guard try connection.integer("SELECT count(*) FROM model") ?? 0 > 1 else { return }
    try connection.execute(
      """
      INSERT INTO agreement_sum (first_id, second_id, first_label, second_label, flows)
      SELECT p.model_id, q.model_id, \(GivenLabel.name("p")), \(GivenLabel.name("q")), count(*)
      FROM prediction AS p
      JOIN prediction AS q ON q.flow_id = p.flow_id AND q.model_id > p.model_id
      \(GivenLabel.joins("p"))
      \(GivenLabel.joins("q"))
      GROUP BY 1, 2, 3, 4
      """)
  }

  private func modelDigest(_ model: Int64) throws(StoreError) -> String {
    guard
      case .text(let digest)? = try connection.row("SELECT sha256 FROM model WHERE model_id = ?", [.integer(model)])?
        .first
    else { return "" }
    return digest
  }
}
