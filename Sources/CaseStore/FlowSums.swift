import Records

/// The sums of a unit's flows, kept while they are written, so that SQLite need not sort the rows again: by host, conversation,
/// label and hour, label and host, label and evidence.
///
/// Bounded: a unit with more different keys is summed from its rows (`CaseWriter+Sums`), to the same numbers.
struct FlowSums {
  /// Keys held at the most, in all.
  static let limit = 400_000

  struct Host {
    var originated = 0, answered = 0
    var sent = DirectionCounters(), received = DirectionCounters()
    var first = Int64.max, last = Int64.min
    /// By number of the label. A host has few, so they are looked through.
    var labels: [(label: Int, count: Count)] = []
  }

  struct ConversationKey: Hashable {
    var originator: IPAddress, responder: IPAddress
    var proto: IPProtocol
    var port: UInt16
  }

  struct Conversation {
    var flows = 0
    var sent = DirectionCounters(), answered = DirectionCounters()
    var first = Int64.max, last = Int64.min
  }

  /// A number, such as that of an hour, and a label by its number in `labels`.
  struct LabelKey: Hashable {
    var place: Int64
    var label: Int
  }

  struct Count {
    var flows = 0, packets = 0, bytes = 0, confidence = 0

    mutating func add(packets: Int, bytes: Int, confidence: Int) {
      flows += 1
      self.packets &+= packets
      self.bytes &+= bytes
      self.confidence &+= confidence
    }

    mutating func add(_ other: Count) {
      flows &+= other.flows
      packets &+= other.packets
      bytes &+= other.bytes
      confidence &+= other.confidence
    }
  }

  /// A label, where it comes from, and the model that was asked; 0 for none.
  struct Label: Hashable {
    var name: String, source: String
    var model: Int64
  }

  private(set) var hosts: [IPAddress: Host] = [:]
  private(set) var conversations: [ConversationKey: Conversation] = [:]
  private(set) var labels: [Label] = []
  private var numbers: [Label: Int] = [:]
  /// What a model gives.
  private struct VerdictKey: Hashable {
    var model: Int64
    var verdict: Verdict
  }

  /// Numbers of the labels that models give, so that no text is looked at for each flow.
  private var verdicts: [VerdictKey: Int] = [:]
  private(set) var hours: [LabelKey: Count] = [:]
  private(set) var evidenceLabels: [LabelKey: Count] = [:]
  private var hostLabels = 0

  var isFull: Bool { hosts.count + conversations.count + hostLabels + hours.count > Self.limit }

  /// The number of a label.
  mutating func number(of label: Label) -> Int {
    if let known = numbers[label] { return known }
    labels.append(label)
    numbers[label] = labels.count - 1
    return labels.count - 1
  }

  /// The number of the label for what a model gives; `nil` while it has none.
  func number(of verdict: Verdict, model: Int64) -> Int? { verdicts[VerdictKey(model: model, verdict: verdict)] }

  mutating func note(_ number: Int, as verdict: Verdict, model: Int64) {
    verdicts[VerdictKey(model: model, verdict: verdict)] = number
  }

  /// - Parameters:
  ///   - label: its number.
  ///   - confidence: in steps of 0.00000001; 0 without a verdict.
  mutating func add(_ flow: FlowRecord, evidence: Int64, label: Int, confidence: Int) {
    let (start, end) = (flow.start.nanoseconds, flow.end.nanoseconds)
    let (originator, responder) = (flow.originator.address, flow.responder.address)
    var count = Count()
    count.add(
      packets: flow.sent.packets &+ flow.answered.packets, bytes: flow.sent.ipBytes &+ flow.answered.ipBytes,
      confidence: confidence)
    if hosts[originator, default: Host()].add(flow.sent, flow.answered, isOriginator: true, start, end, label, count) {
      hostLabels += 1
    }
    // A flow of an address with itself has one label there.
    let other = originator == responder ? nil : label
    if hosts[responder, default: Host()].add(flow.answered, flow.sent, isOriginator: false, start, end, other, count) {
      hostLabels += 1
    }
    let key = ConversationKey(
      originator: originator, responder: responder, proto: flow.proto, port: flow.responder.port)
    conversations[key, default: Conversation()].add(flow, start, end)
    let hour = start / 3_600_000_000_000 - (start % 3_600_000_000_000 < 0 ? 1 : 0)
    hours[LabelKey(place: hour, label: label), default: Count()].add(count)
    evidenceLabels[LabelKey(place: evidence, label: label), default: Count()].add(count)
  }
}

extension FlowSums.Host {
  /// - Parameter label: `nil` where the flow's label is counted already.
  /// - Returns: whether the host had no flow with this label.
  fileprivate mutating func add(
    _ sent: DirectionCounters, _ received: DirectionCounters, isOriginator: Bool, _ start: Int64, _ end: Int64,
    _ label: Int?, _ count: FlowSums.Count
  ) -> Bool {
    if isOriginator { originated += 1 } else { answered += 1 }
    self.sent.add(sent)
    self.received.add(received)
    first = min(first, start)
    last = max(last, end)
    guard let label else { return false }
    if let place = labels.firstIndex(where: { $0.label == label }) {
      labels[place].count.add(count)
      return false
    }
    labels.append((label, count))
    return true
  }
}

extension FlowSums.Conversation {
  fileprivate mutating func add(_ flow: FlowRecord, _ start: Int64, _ end: Int64) {
    flows += 1
    sent.add(flow.sent)
    answered.add(flow.answered)
    first = min(first, start)
    last = max(last, end)
  }
}

extension DirectionCounters {
  fileprivate mutating func add(_ other: Self) {
    packets &+= other.packets
    ipBytes &+= other.ipBytes
  }
}
