import Records

/// Bounds on what a flow table may hold, whatever the evidence.
package struct FlowTableLimits: Sendable {
  /// Flows open at once.
  package var flows = 400_000
  /// Bytes kept for the models over all open flows.
  package var keptBytes = 160 << 20
  package init() {}
}

/// Open flows by key. Closes them by the policy, and when it is full closes the one that has been quiet longest.
///
/// Two lists run through the flows: those still open, by the arrival of their last packet, and those that TCP has ended
/// and that linger, by when they ended. Both are walked from their old end only, so a packet costs the same with ten
/// flows open as with a hundred thousand.
struct FlowTable {
  private let policy: FlowPolicy
  private let plan: KeepPlan
  private let limits: FlowTableLimits
  private var slots: ContiguousArray<FlowState?> = []
  private var freeSlots: [Int32] = []
  private var indexByKey: [FlowKey: Int32] = [:]
  private var ages = [AgeList(), AgeList()]
  private var keptBytes = 0
  /// The latest capture time seen: the clock of all timeouts.
  private var now = Int64.min
  private(set) var evictedCount = 0

  /// Flows that have ended, in order, for the caller to take.
  var finished: [ObservedFlow] = []

  private struct AgeList {
    var oldest: Int32 = -1, newest: Int32 = -1
  }

  private enum Age: Int { case open, lingering }

  private func oldest(_ age: Age) -> Int32 { ages[age.rawValue].oldest }

  init(policy: FlowPolicy, plan: KeepPlan, limits: FlowTableLimits) {
    self.policy = policy
    self.plan = plan
    self.limits = limits
  }

  var openCount: Int { indexByKey.count }

  /// Adds a packet to its flow, which it may begin.
  ///
  /// - Parameter ip: the captured bytes from the IP header on.
  mutating func add(_ packet: DecodedPacket, _ ip: RawSpan, time: CaptureTime, position: PacketPosition) {
    now = max(now, time.nanoseconds)
    closeAged()
    let key = FlowKey(packet, keysEncapsulation: policy.keysEncapsulation)
    if let index = indexByKey[key] {
      if startsAnew(packet, index, time) {
        close(index)
      } else {
        update(index, packet, ip, time, position)
        return
      }
    }
    makeRoom()
    var state = FlowState(key: key, first: packet, time: time, position: position)
    state.add(packet, ip, time: time, position: position, plan: plan)
    let index = insert(state)
    noteTeardown(index, time)
  }

  /// Closes every flow: the capture, or the sequence of captures, has ended.
  mutating func finishAll() {
    while oldest(.lingering) >= 0 { close(oldest(.lingering)) }
    while oldest(.open) >= 0 { close(oldest(.open), .endOfCapture) }
  }

  // MARK: One packet

  private mutating func update(
    _ index: Int32, _ packet: DecodedPacket, _ ip: RawSpan, _ time: CaptureTime, _ position: PacketPosition
  ) {
    let before = slots[Int(index)]?.keptBytes.count ?? 0
    slots[Int(index)]?.add(packet, ip, time: time, position: position, plan: plan)
    keptBytes += (slots[Int(index)]?.keptBytes.count ?? 0) - before
    if slots[Int(index)]?.closedAt == nil {
      unlink(index, from: .open)
      link(index, into: .open)
      noteTeardown(index, time)
    }
  }

  private mutating func noteTeardown(_ index: Int32, _ time: CaptureTime) {
    guard policy.linger != nil, slots[Int(index)]?.teardown != nil else { return }
    unlink(index, from: .open)
    slots[Int(index)]?.closedAt = max(now, time.nanoseconds)
    link(index, into: .lingering)
  }

  /// Whether a packet on the tuple of a flow that TCP has ended belongs to a new flow.
  private func startsAnew(_ packet: DecodedPacket, _ index: Int32, _ time: CaptureTime) -> Bool {
    guard let linger = policy.linger, let closedAt = slots[Int(index)]?.closedAt else { return false }
    let isSYN = packet.flags.contains(.syn) && !packet.flags.contains(.ack)
    return isSYN || time.nanoseconds > Self.sum(closedAt, linger)
  }

  // MARK: Ends

  private mutating func closeAged() {
    if let linger = policy.linger {
      while oldest(.lingering) >= 0, let closedAt = slots[Int(oldest(.lingering))]?.closedAt,
        Self.sum(closedAt, linger) < now
      {
        close(oldest(.lingering))
      }
    }
    guard let idle = policy.idleTimeout else { return }
    while oldest(.open) >= 0, let last = slots[Int(oldest(.open))]?.record.end, Self.sum(last.nanoseconds, idle) < now {
      close(oldest(.open), .idle)
    }
  }

  private mutating func makeRoom() {
    while indexByKey.count >= limits.flows || keptBytes > limits.keptBytes {
      if oldest(.lingering) >= 0 {
        close(oldest(.lingering))
      } else if oldest(.open) >= 0 {
        close(oldest(.open), .evicted)
        evictedCount += 1
      } else {
        return
      }
    }
  }

  /// - Parameter reason: used unless TCP had ended the flow before.
  private mutating func close(_ index: Int32, _ reason: EndReason = .endOfCapture) {
    guard let state = slots[Int(index)] else { return }
    unlink(index, from: state.closedAt == nil ? .open : .lingering)
    indexByKey[state.key] = nil
    slots[Int(index)] = nil
    freeSlots.append(index)
    keptBytes -= state.keptBytes.count
    finished.append(state.finish(policy.linger == nil ? reason : state.teardown ?? reason))
  }

  // MARK: Slots and lists

  private mutating func insert(_ state: FlowState) -> Int32 {
    keptBytes += state.keptBytes.count
    let index: Int32
    if let free = freeSlots.popLast() {
      index = free
      slots[Int(index)] = state
    } else {
      index = Int32(slots.count)
      slots.append(state)
    }
    indexByKey[state.key] = index
    link(index, into: .open)
    return index
  }

  private mutating func link(_ index: Int32, into age: Age) {
    let newest = ages[age.rawValue].newest
    slots[Int(index)]?.previous = newest
    slots[Int(index)]?.next = -1
    if newest >= 0 { slots[Int(newest)]?.next = index } else { ages[age.rawValue].oldest = index }
    ages[age.rawValue].newest = index
  }

  private mutating func unlink(_ index: Int32, from age: Age) {
    guard let previous = slots[Int(index)]?.previous, let next = slots[Int(index)]?.next else { return }
    if previous >= 0 { slots[Int(previous)]?.next = next } else { ages[age.rawValue].oldest = next }
    if next >= 0 { slots[Int(next)]?.previous = previous } else { ages[age.rawValue].newest = previous }
  }

  /// Addition that stays at the ends of the range: capture times are whatever an attacker wrote.
  private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? (b > 0 ? .max : .min) : sum
  }
}
