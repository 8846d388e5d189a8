import CaseStore
import Records
import Testing

/// The views `attention_fields` and `attention_parts` over flows whose weights are known.
@Suite struct FieldAttentionViewTests {
  private typealias Flow = (label: Int, attention: [FieldAttention])

  private static func share(_ field: HeaderField, _ weight: Float, _ bytes: Int) -> FieldAttention {
    FieldAttention(field: field, weight: weight, bytes: bytes)
  }

  private static let first: [Flow] = [
    (0, [share(.ipTTL, 0.25, 1), share(.payload, 0.75, 9)]), (1, [share(.ipTTL, 1, 2)]), (0, []),
  ]
  private static let second: [Flow] = [
    (0, [share(.ipTTL, 0.5, 1), share(.tcpWindow, 0.5, 2)]),
    (0, [share(.tlsRecord, 0.625, 7), share(.none, 0.375, 0)]),
  ]

  private func write(_ units: [[Flow]], to scratch: ScratchCase) throws {
    let writer = try scratch.writer()
    let model = try writer.register(model: Sample.model()), run = try writer.beginRun(Sample.run)
    for (index, unit) in units.enumerated() {
      try writer.beginUnit(run: run)
      let evidence = try writer.openEvidence(path: "\(index).pcap", parent: nil)
      for (number, flow) in unit.enumerated() {
        var prediction = Prediction(
          probabilities: flow.label == 0 ? [0.9, 0.1] : [0.1, 0.9], predicted: flow.label, verdict: .label(flow.label),
          attention: [1])
        prediction.fieldAttention = flow.attention
        try writer.append(
          ClassifiedFlow(flow: Sample.flow(number), classification: .model(prediction)), evidence: evidence,
          model: model)
      }
      try writer.closeEvidence(
        evidence, as: Sample.record("\(index).pcap", UInt8(index + 1), flows: unit.count), duplicateOf: nil)
      try writer.commitUnit()
    }
    try writer.finish()
  }

  @Test func meansAreOverAllFlowsOfTheLabel() throws {
    let scratch = try ScratchCase()
    try write([Self.first, Self.second], to: scratch)
    #expect(
      try scratch.ask(
        """
        SELECT label, field, part, flows, flows_with_field, round(mean, 6), round(stddev, 6), byte_share
        FROM attention_fields ORDER BY label, field
        """) == [
          "chat|ip.ttl|header|3|2|0.25|0.204124|0.1", "chat|none|none|3|1|0.125|0.176777|0.0",
          "chat|payload|payload|3|1|0.25|0.353553|0.45", "chat|tcp.window|header|3|1|0.166667|0.235702|0.1",
          "chat|tls.record|payload|3|1|0.208333|0.294628|0.35", "voip|ip.ttl|header|1|1|1.0|0.0|1.0",
        ])
    #expect(
      try scratch.ask("SELECT label, part, flows, round(mean, 6), round(byte_share, 6) FROM attention_parts") == [
        "chat|header|3|0.416667|0.2", "chat|none|3|0.125|0.0", "chat|payload|3|0.458333|0.8", "voip|header|1|1.0|1.0",
      ])
  }

  @Test func theOrderOfTheUnitsDoesNotShow() throws {
    let rows = try [[Self.first, Self.second], [Self.second, Self.first], [Self.first + Self.second]].map { units in
      let scratch = try ScratchCase()
      try write(units, to: scratch)
      return try scratch.ask("SELECT * FROM attention_field_sum")
    }
    #expect(rows[0].count == 6)
    #expect(rows[1] == rows[0] && rows[2] == rows[0])
  }

  @Test func whatIsNoWeightAddsNothingAndOtherModelsHaveNoRows() throws {
    let scratch = try ScratchCase()
    try write(
      [[(0, [Self.share(.ipTTL, .nan, 1), Self.share(.payload, -3, 1), Self.share(.ipID, 7, 1)])]], to: scratch)
    #expect(
      try scratch.ask("SELECT field, mean FROM attention_fields ORDER BY 1") == [
        "ip.id|1.0", "ip.ttl|0.0", "payload|0.0",
      ])
    let other = try ScratchCase()
    try write([[(0, [])]], to: other)
    #expect(try other.ask("SELECT * FROM attention_fields").isEmpty)
    #expect(try other.ask("SELECT count(*) FROM attention") == ["1"])
  }

  @Test func everyFieldHasANameOfItsOwnAndIsDocumentedByIt() throws {
    #expect(Set(HeaderField.allCases.map(\.rawValue)).count == HeaderField.allCases.count)
    let page = try DocumentationTests.page()
    for field in HeaderField.allCases { #expect(page.contains("`\(field.rawValue)`"), "\(field)") }
  }
}
