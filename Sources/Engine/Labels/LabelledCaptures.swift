import Evidence
package import Learning
package import Records
package import Traffic

/// Gathers labelled flows from captures, through the same code a scan reads them with.
package struct LabelledCaptures {
  /// What was gathered.
  package struct Collection: Sendable {
    package var dataset: Dataset
    /// Digests of the decompressed captures used, sorted.
    package var digests: [SHA256Digest]
    /// Flows that the contract leaves out, by protocol.
    package var leftOut: [String: Int]
    /// Files that no pattern of the label file matches.
    package var unlabelledFiles: [String]
    /// What became of labels by flow.
    package var flowLabels = FlowLabelCounts()
    package var problems: [Problem]
  }

  private let labels: LabelMap
  private let flowLabels: FlowLabels
  private let contract: InputContract
  private let plan: KeepPlan

  /// - Parameter plan: what is kept of each flow, where other contracts than this one are to see it.
  package init(labels: LabelMap, flowLabels: FlowLabels = FlowLabels(), contract: InputContract, plan: KeepPlan? = nil)
  {
    self.labels = labels
    self.flowLabels = flowLabels
    self.contract = contract
    self.plan = plan ?? contract.keepPlan
  }

  private struct LabelledFlow {
    var flow: ObservedFlow
    var label: String, group: String, path: String, laboratory: String
  }

  /// Reads every capture below the paths that has a label, or flows that have.
  package func collect(_ paths: [String]) -> Collection {
    var collection = Collection(
      dataset: Dataset(labels: [], examples: []), digests: [], leftOut: [:], unlabelledFiles: [], problems: [])
    var flows: [LabelledFlow] = []
    var counts = FlowLabelCounts(flowLabels)
    var settings = ScanSettings(policy: FlowPolicy(contract.flowPolicy), plan: plan)
    // Labels are by file, and a model learns from captures as they lie there.
    settings.joinsCaptures = false
    for planned in EvidenceWalk.plan(paths.map { EvidencePath($0) }) {
      let path = planned.path.description, rule = labels.rule(path: path)
      let mayHoldFlows = flowLabels.concerns(path) || !flowLabels.isEmpty && ArchiveName.isArchive(path)
      guard rule != nil || mayHoldFlows else {
        collection.unlabelledFiles.append(path)
        continue
      }
      let sink = CollectingSink()
      ScanTask(files: [TaskFile(planned)], settings: settings, counters: ScanCounters()).run(sink)
      let labelled = match(sink, rule, fileName: planned.path.fileName, &counts)
      if labelled.isEmpty, rule == nil, !flowLabels.concerns(path) {
        collection.unlabelledFiles.append(path)
        continue
      }
      flows += labelled
      collection.digests += sink.digests
      collection.problems += sink.problems
    }
    let names = Set(flows.map(\.label)).sorted()
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let examples = flows.compactMap { flow in
      indices[flow.label].map {
        Example(flow: flow.flow, label: $0, group: flow.group, path: flow.path, laboratory: flow.laboratory)
      }
    }
    collection.dataset = Dataset(labels: names, examples: examples)
    collection.leftOut = collection.dataset.removeLeftOut(by: contract)
    collection.digests.sort { $0.description < $1.description }
    collection.flowLabels = counts
    return collection
  }

  /// The flows of a file that have a label: of their own where a table has lines about their capture, else the file's.
  private func match(
    _ sink: CollectingSink, _ rule: LabelMap.Rule?, fileName: String, _ counts: inout FlowLabelCounts
  ) -> [LabelledFlow] {
    var matches: [String: FlowLabelMatch] = [:], result: [LabelledFlow] = []
    for flow in sink.flows {
      let path = sink.path(of: flow)
      var match = matches.removeValue(forKey: path) ?? FlowLabelMatch(flowLabels, path: path)
      defer { matches[path] = match }
      if match.isEmpty {
        guard let rule else { continue }
        result.append(
          LabelledFlow(
            flow: flow, label: rule.label, group: rule.scenario ?? Self.group(fileName: fileName), path: path,
            laboratory: rule.laboratory))
        continue
      }
      // What no model is asked about needs no line.
      if contract.leftOutName(flow.record) != nil { continue }
      switch match.outcome(flow.record, uid: sink.uid(of: flow)) {
      case .found(let found):
        result.append(
          LabelledFlow(
            flow: flow, label: found.label, group: found.group ?? Self.group(path: path, found.laboratory), path: path,
            laboratory: found.laboratory))
        counts.flows += 1
      case .contradicted: counts.contradicted.append(FlowLabelCounts.Flow(flow.record, path: path))
      case .none: counts.unlabelled.append(FlowLabelCounts.Flow(flow.record, path: path))
      }
    }
    for match in matches.values { counts.note(match) }
    return result
  }

  /// Flows of one capture stay together.
  private static func group(path: String, _ laboratory: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return laboratory.isEmpty ? group(fileName: name) : "\(laboratory)/\(group(fileName: name))"
  }

  /// The scenario a file belongs to where the label file names none: its name up to the first dot, so that parts of one
  /// capture stay together, without the letter that tells the two ends of one conversation apart (`icq_chat_3a` and
  /// `icq_chat_3b`, `vpn_ftps_A`).
  package static func group(fileName: String) -> String {
    let name = fileName.prefix { $0 != "." }.lowercased()
    guard name.count > 2, let end = name.last, "ab".contains(end), let before = name.dropLast().last else {
      return name
    }
    if before == "_" || before == "-" { return String(name.dropLast(2)) }
    return before.isASCII && before.isNumber ? String(name.dropLast()) : name
  }
}

/// Takes a task's flows for training.
private final class CollectingSink: ScanTask.Sink {
  private(set) var flows: [ObservedFlow] = []
  private(set) var digests: [SHA256Digest] = []
  private(set) var problems: [Problem] = []
  private var digestOfNode: [Int: SHA256Digest] = [:]
  /// Of each node of the task: a capture in an archive has a path of its own.
  private var paths: [Int: String] = [:]

  func path(of flow: ObservedFlow) -> String { paths[flow.record.firstPacket.capture] ?? "" }

  /// The flow's name in a case; `nil` where its capture has no digest.
  func uid(of flow: ObservedFlow) -> String? {
    let position = flow.record.firstPacket
    return digestOfNode[position.capture].map { "F\($0.description.prefix(12))-\(String(position.number, radix: 16))" }
  }

  func append(_ event: UnitEvent) {
    switch event {
    case .opened(let node, _, let path): paths[node] = path
    case .problem(_, let problem): problems.append(problem)
    case .closed(let node, let record):
      digests += record.streamSHA256.map { [$0] } ?? []
      digestOfNode[node] = record.streamSHA256
    default: break
    }
  }

  func submit(_ flows: [ObservedFlow]) { self.flows += flows }
  func holdBack() {}
}
