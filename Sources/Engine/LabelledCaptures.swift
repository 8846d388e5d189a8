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
    package var problems: [Problem]
  }

  private let labels: LabelMap
  private let contract: InputContract
  private let plan: KeepPlan

  /// - Parameter plan: what is kept of each flow, where other contracts than this one are to see it.
  package init(labels: LabelMap, contract: InputContract, plan: KeepPlan? = nil) {
    self.labels = labels
    self.contract = contract
    self.plan = plan ?? contract.keepPlan
  }

  /// Reads every capture below the paths that has a label.
  package func collect(_ paths: [String]) -> Collection {
    var collection = Collection(
      dataset: Dataset(labels: [], examples: []), digests: [], leftOut: [:], unlabelledFiles: [], problems: [])
    var flows: [(label: String, group: String, path: String, flow: ObservedFlow)] = []
    var settings = ScanSettings(policy: FlowPolicy(contract.flowPolicy), plan: plan)
    // Labels are by file, and a model learns from captures as they lie there.
    settings.joinsCaptures = false
    for planned in EvidenceWalk.plan(paths.map { EvidencePath($0) }) {
      guard let rule = labels.rule(path: planned.path.description) else {
        collection.unlabelledFiles.append(planned.path.description)
        continue
      }
      let sink = CollectingSink()
      ScanTask(files: [TaskFile(planned)], settings: settings, counters: ScanCounters()).run(sink)
      let group = rule.scenario ?? Self.group(fileName: planned.path.fileName)
      flows += sink.flows.map { (rule.label, group, sink.path(of: $0), $0) }
      collection.digests += sink.digests
      collection.problems += sink.problems
    }
    let names = Set(flows.map(\.label)).sorted()
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let examples = flows.compactMap { flow in
      indices[flow.label].map { Example(flow: flow.flow, label: $0, group: flow.group, path: flow.path) }
    }
    collection.dataset = Dataset(labels: names, examples: examples)
    collection.leftOut = collection.dataset.removeLeftOut(by: contract)
    collection.digests.sort { $0.description < $1.description }
    return collection
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
  /// Of each node of the task: a capture in an archive has a path of its own.
  private var paths: [Int: String] = [:]

  func path(of flow: ObservedFlow) -> String { paths[flow.record.firstPacket.capture] ?? "" }

  func append(_ event: UnitEvent) {
    switch event {
    case .opened(let node, _, let path): paths[node] = path
    case .problem(_, let problem): problems.append(problem)
    case .closed(_, let record): digests += record.streamSHA256.map { [$0] } ?? []
    default: break
    }
  }

  func submit(_ flows: [ObservedFlow]) { self.flows += flows }
  func holdBack() {}
}
