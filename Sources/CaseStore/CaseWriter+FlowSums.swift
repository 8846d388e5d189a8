import Records

extension CaseWriter {
  /// Counts a flow of the open unit in its sums.
  func sum(_ classified: ClassifiedFlow, evidence: Int64, model: Int64?) throws(StoreError) {
    guard let label = try number(of: classified.classification, model: model ?? 0) else { return }
    var confidence = 0
    if case .model(let prediction) = classified.classification {
      confidence = JSONText.rounded(prediction.confidence) ?? 0
    }
    unit?.sums?.add(classified.flow, evidence: evidence, label: label, confidence: confidence)
    if unit?.sums?.isFull == true { unit?.sums = nil }
  }

  /// The number of a flow's label in the sums of the open unit; `nil` when it keeps none.
  private func number(of classification: Classification, model: Int64) throws(StoreError) -> Int? {
    switch classification {
    case .none: return unit?.sums?.number(of: FlowSums.Label(name: "unknown", source: "none", model: 0))
    case .protocolName(let name):
      return unit?.sums?.number(of: FlowSums.Label(name: name, source: "protocol", model: model))
    case .model(let prediction):
      let verdict = prediction.verdict
      if let known = unit?.sums?.number(of: verdict, model: model) { return known }
      let name = try names(of: model).name(of: verdict) ?? "unknown"
      guard let number = unit?.sums?.number(of: FlowSums.Label(name: name, source: "model", model: model)) else {
        return nil
      }
      unit?.sums?.note(number, as: verdict, model: model)
      return number
    }
  }

  /// Adds sums that were kept while the flows were written.
  func add(_ sums: FlowSums) throws(StoreError) {
    // In order of the addresses, so that neighbours are mostly written to the same page.
    let hosts = sums.hosts.sorted { $0.key < $1.key }
    try addHosts(hosts)
    try addConversations(sums)
    let places = try statement(addingTo: "host_label", "ip", hasConfidence: false)
    for (address, host) in hosts {
      address.write(into: &bulk.text)
      for (label, count) in host.labels {
        places.bind(utf8: bulk.text)
        try add(count, sums.labels[label], to: places, hasConfidence: false)
      }
    }
    for (table, column, counts) in [
      ("evidence_label", "evidence_id", sums.evidenceLabels), ("label_hour", "hour", sums.hours),
    ] {
      let statement = try statement(addingTo: table, column, hasConfidence: true)
      for (key, count) in counts {
        statement.bind(key.place)
        try add(count, sums.labels[key.label], to: statement, hasConfidence: true)
      }
    }
  }

  private func statement(addingTo table: String, _ column: String, hasConfidence: Bool) throws(StoreError)
    -> SQLiteStatement
  {
    let sums = ["flows", "packets", "bytes"] + (hasConfidence ? ["confidence_sum"] : [])
    return try connection.kept(
      """
      INSERT INTO \(table) (\(column), model_id, label, label_source, \(sums.joined(separator: ", ")))
      VALUES (?, ?, ?, ?, ?, ?, ?\(hasConfidence ? ", ?" : ""))
      ON CONFLICT DO UPDATE SET \(sums.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
      """)
  }

  private func add(
    _ count: FlowSums.Count, _ label: FlowSums.Label, to statement: SQLiteStatement, hasConfidence: Bool
  ) throws(StoreError) {
    statement.bind(label.model)
    statement.bind(label.name)
    statement.bind(label.source)
    statement.bind(count.flows)
    statement.bind(count.packets)
    statement.bind(count.bytes)
    if hasConfidence { statement.bind(count.confidence) }
    try statement.run()
  }

  private func addHosts(_ hosts: [(key: IPAddress, value: FlowSums.Host)]) throws(StoreError) {
    let statement = try connection.kept(
      """
      INSERT INTO host (
        ip, flows_originated, flows_answered, packets_sent, packets_received, bytes_sent, bytes_received, first_ns, last_ns)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      \(Self.hostUpdate)
      """)
    for (address, host) in hosts {
      address.write(into: &bulk.text)
      statement.bind(utf8: bulk.text)
      statement.bind(host.originated)
      statement.bind(host.answered)
      statement.bind(host.sent.packets)
      statement.bind(host.received.packets)
      statement.bind(host.sent.ipBytes)
      statement.bind(host.received.ipBytes)
      statement.bind(host.first)
      statement.bind(host.last)
      try statement.run()
    }
  }

  private func addConversations(_ sums: FlowSums) throws(StoreError) {
    let statement = try connection.kept(
      """
      INSERT INTO conversation (
        orig_ip, resp_ip, proto, resp_port, flows, orig_packets, resp_packets, orig_bytes, resp_bytes, first_ns, last_ns)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      \(Self.conversationUpdate)
      """)
    let conversations = sums.conversations.sorted {
      $0.key.originator == $1.key.originator
        ? $0.key.responder < $1.key.responder : $0.key.originator < $1.key.originator
    }
    for (key, value) in conversations {
      for address in [key.originator, key.responder] {
        address.write(into: &bulk.text)
        statement.bind(utf8: bulk.text)
      }
      statement.bind(key.proto.description)
      statement.bind(Int64(key.port))
      statement.bind(value.flows)
      statement.bind(value.sent.packets)
      statement.bind(value.answered.packets)
      statement.bind(value.sent.ipBytes)
      statement.bind(value.answered.ipBytes)
      statement.bind(value.first)
      statement.bind(value.last)
      try statement.run()
    }
  }
}
