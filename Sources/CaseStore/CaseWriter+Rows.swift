package import Records

extension CaseWriter {
  /// Writes a flow with its label.
  ///
  /// - Parameters:
  ///   - evidence: an evidence of the open unit: the capture of the flow's first packet.
  ///   - lastEvidence: the capture of its last packet, where that is another one of a sequence.
  ///   - model: who classified it; `nil` only for a flow without classification.
  /// - Returns: the flow's number, which stands until evidence written before it in this unit is discarded.
  @discardableResult
  package func append(
    _ classified: ClassifiedFlow, evidence: Int64, lastEvidence: Int64? = nil, model: Int64?
  ) throws(StoreError) -> Int64 {
    let id = try insert(classified.flow, evidence: evidence, lastEvidence: lastEvidence)
    if let model {
      try append(classified.classification, flow: id, evidence: evidence, model: model)
    } else if classified.classification != .none {
      throw broken(StoreError(.misuse, "a flow came with a label and no model that gave it"))
    }
    try sum(classified, evidence: evidence, model: model)
    unit?.items[evidence]?.digest.add(bulk.row, hash)
    if let input = classified.input {
      do { try insert(input, flow: id) } catch { throw broken(error) }
    }
    return id
  }

  /// Writes what a model says of a flow of the open unit.
  ///
  /// - Parameters:
  ///   - flow: the number that `append(_:evidence:model:)` returned.
  ///   - evidence: the flow's evidence.
  package func append(
    _ classification: Classification, flow: Int64, evidence: Int64, model: Int64
  ) throws(StoreError) {
    guard let statement = bulk.prediction, unit?.items[evidence] != nil else { throw noSuchEvidence(evidence) }
    guard try bind(classification, flow: flow, model: model, to: statement) else { return }
    try run(statement)
    unit?.items[evidence]?.predictions += 1
    if unit?.models.insert(model).inserted == true, unit?.models.count ?? 0 > 1 {
      // A second model says something of flows that are summed already.
      unit?.sums = nil
    }
    if case .model(let prediction) = classification { tally(prediction, evidence: evidence, model: model) }
  }

  /// Binds the row of a prediction.
  ///
  /// - Returns: whether there is one.
  func bind(
    _ classification: Classification, flow: Int64, model: Int64, to statement: SQLiteStatement
  ) throws(StoreError) -> Bool {
    switch classification {
    case .none: return false
    case .protocolName(let name):
      statement.bind(flow)
      statement.bind(model)
      bind(name, to: statement)
      for _ in 0..<10 { statement.bindNull() }
    case .model(let prediction):
      let names = try names(of: model)
      let label = if case .label(let place) = prediction.verdict { place } else { prediction.predicted }
      guard names.labels.indices.contains(label), names.name(of: prediction.verdict) != nil else {
        throw broken(StoreError(.misuse, "model \(model) gave a label that it does not have"))
      }
      statement.bind(flow)
      statement.bind(model)
      statement.bindNull()
      bind(Int64(label), to: statement)
      bind(prediction.isAbstained ? 1 : 0, to: statement)
      let confidence = JSONText.rounded(prediction.confidence) ?? 0
      statement.bind(Double(confidence) / Double(JSONText.steps))
      bulk.row.put(confidence)
      bind(prediction.probabilities, to: statement)
      bind(prediction.attention, to: statement)
      if let peak = prediction.attention.compactMap(JSONText.rounded).max() {
        statement.bind(Double(peak) / Double(JSONText.steps))
      } else {
        statement.bindNull()
      }
      bindClass(of: prediction, names.classPlace(of: prediction, label: label), label: label, to: statement)
    }
    return true
  }

  /// Binds what version 5 has of a prediction. It is part of the digest where it says more than the columns of before.
  private func bindClass(of prediction: Prediction, _ place: Int, label: Int, to statement: SQLiteStatement) {
    statement.bind(Int64(place))
    bulk.row.put("class_position", ifPresent: place == label ? nil : "\(place)")
    let level: String? =
      switch prediction.verdict {
      case .label: "full"
      case .classOnly: "class"
      case .abstain: nil
      }
    statement.bind(level)
    bulk.row.put("label_level", ifPresent: level == "class" ? level : nil)
    let set = prediction.classSet.isEmpty ? nil : JSONText.array(prediction.classSet)
    statement.bind(set)
    bulk.row.put("class_set", ifPresent: set)
    if prediction.contributions.isEmpty { return statement.bindNull() }
    JSONText.write(prediction.contributions, into: &bulk.text)
    statement.bind(utf8: bulk.text)
    bulk.row.put("contributions", ifPresent: String(decoding: bulk.text, as: UTF8.self))
  }

  /// Writes a problem of an evidence of the open unit.
  package func append(_ problem: Problem, evidence: Int64) throws(StoreError) {
    guard let statement = bulk.problem, let id = unit?.nextProblem, unit?.items[evidence] != nil else {
      throw noSuchEvidence(evidence)
    }
    statement.bind(id)
    statement.bind(evidence)
    statement.bind(problem.code.rawValue)
    statement.bind(problem.offset)
    statement.bind(problem.bytesLost)
    statement.bind(problem.message)
    try run(statement)
    unit?.nextProblem = id + 1
    unit?.items[evidence]?.problems += 1
    if unit?.items[evidence]?.firstProblem == nil { unit?.items[evidence]?.firstProblem = id }
  }

  /// Writes what a capture says beside its packets.
  package func append(_ note: CaptureNote, evidence: Int64) throws(StoreError) {
    guard let statement = bulk.note, let id = unit?.nextNote, unit?.items[evidence] != nil else {
      throw noSuchEvidence(evidence)
    }
    statement.bind(id)
    statement.bind(evidence)
    statement.bind(note.offset)
    statement.bind(note.packet)
    statement.bind(note.kind.rawValue)
    statement.bind(note.name)
    statement.bind(note.value)
    try run(statement)
    unit?.nextNote = id + 1
    unit?.items[evidence]?.notes += 1
    if unit?.items[evidence]?.firstNote == nil { unit?.items[evidence]?.firstNote = id }
  }

  private func insert(_ metadata: FlowMetadata, flow: Int64) throws(StoreError) {
    guard let statement = bulk.metadata else { return }
    statement.bind(flow)
    for text in [
      metadata.tlsVersion, metadata.alpn, metadata.ja3, metadata.ja4, metadata.httpUserAgent, metadata.sshClient,
      metadata.sshServer, metadata.resolvedNames,
    ] {
      bind(text, to: statement)
    }
    statement.bind(metadata.serverNameRaw)
    bulk.row.put("server_name_raw", ifPresent: metadata.serverNameRaw)
    statement.bind(metadata.otherNames)
    bulk.row.put("other_names", ifPresent: metadata.otherNames)
    try run(statement)
  }

  private func insert(_ flow: FlowRecord, evidence: Int64, lastEvidence: Int64?) throws(StoreError) -> Int64 {
    guard let statement = bulk.flow, let id = unit?.nextFlow, unit?.items[evidence] != nil else {
      throw noSuchEvidence(evidence)
    }
    bulk.row.begin()
    statement.bind(id)
    statement.bind(evidence)
    bind(flow.start.nanoseconds, to: statement)
    bind(flow.end.nanoseconds, to: statement)
    bind(flow.proto.description, to: statement)
    bind(flow.originator, to: statement)
    bind(flow.responder, to: statement)
    bind(flow.vlan, to: statement)
    bind(flow.tunnel, to: statement)
    for count in [flow.sent.packets, flow.answered.packets, flow.sent.ipBytes, flow.answered.ipBytes] {
      bind(Int64(count), to: statement)
    }
    bind(flow.endReason.rawValue, to: statement)
    bind(flow.connState, to: statement)
    bind(flow.history, to: statement)
    bind(flow.serverName, to: statement)
    bind(flow.communityID, to: statement)
    for packet in [flow.firstPacket, flow.lastPacket] {
      bind(Int64(packet.number), to: statement)
      bind(Int64(packet.streamOffset), to: statement)
    }
    if let lastEvidence { statement.bind(lastEvidence) } else { statement.bindNull() }
    statement.bind(flow.service?.rawValue)
    bulk.row.put("service", ifPresent: flow.service?.rawValue)
    statement.bind(flow.vantage?.name)
    bulk.row.put("vantage", ifPresent: flow.vantage?.name)
    let reason = flow.vantage?.reason(tunnel: flow.tunnel)
    statement.bind(reason)
    bulk.row.put("vantage_reason", ifPresent: reason)
    try run(statement)
    if let metadata = flow.metadata {
      try insert(metadata, flow: id)
      unit?.items[evidence]?.metadata += 1
    }
    unit?.nextFlow = id + 1
    unit?.items[evidence]?.flows += 1
    unit?.items[evidence]?.flowPackets += flow.sent.packets + flow.answered.packets
    if unit?.items[evidence]?.firstFlow == nil { unit?.items[evidence]?.firstFlow = id }
    return id
  }

  // What is bound through these is part of the digest of the evidence's flows: see `FlowRows`.

  private func bind(_ value: Int64, to statement: SQLiteStatement) {
    statement.bind(value)
    bulk.row.put(value)
  }

  private func bind(_ value: String?, to statement: SQLiteStatement) {
    statement.bind(value)
    bulk.row.put(value)
  }

  private func bind(_ end: Endpoint, to statement: SQLiteStatement) {
    end.address.write(into: &bulk.text)
    statement.bind(utf8: bulk.text)
    bulk.row.put(utf8: bulk.text)
    bind(Int64(end.port), to: statement)
  }

  private func bind(_ numbers: [Float], to statement: SQLiteStatement) {
    if numbers.isEmpty {
      statement.bindNull()
      return bulk.row.putNull()
    }
    JSONText.write(numbers, into: &bulk.text)
    statement.bind(utf8: bulk.text)
    bulk.row.put(utf8: bulk.text)
  }

  private func tally(_ prediction: Prediction, evidence: Int64, model: Int64) {
    let key = AttentionTally.Key(model: model, verdict: prediction.verdict)
    if unit?.items[evidence]?.isClosed == true {
      unit?.tally.add(prediction, for: key)
    } else {
      unit?.items[evidence]?.tally.add(prediction, for: key)
    }
  }

  private func run(_ statement: SQLiteStatement) throws(StoreError) {
    do { try statement.run() } catch { throw broken(error) }
  }

  /// Marks the open unit as one that cannot be committed.
  func broken(_ error: StoreError) -> StoreError {
    unit?.isBroken = true
    return error
  }

  func noSuchEvidence(_ id: Int64) -> StoreError {
    StoreError(.misuse, "evidence \(id) is not part of the open unit of the case '\(connection.path)'")
  }
}
