import Records

/// Bounds on what a flow table may hold, whatever the evidence.
package struct FlowTableLimits: Sendable {
  /// Flows open at once.
  package var flows = 400_000
  /// Bytes kept for the models over all open flows.
  package var keptBytes = 200 << 20
  package init() {}
}

/// Open flows by key. Closes them by the policy, and when it is full closes the one that has been quiet longest.
///
/// Two lists run through the flows: those still open, by the arrival of their last packet, and those that TCP has ended
/// and that linger, by when they ended. Both are walked from their old end only, so a packet costs the same with ten
/// flows open as with a hundred thousand. What the lists need lies apart from the flows themselves, which are large.
struct FlowTable {
  private let policy: FlowPolicy
  private let plan: KeepPlan
  private let limits: FlowTableLimits
  private var flows: ContiguousArray<FlowState> = []
  private var ages: ContiguousArray<AgeEntry> = []
  private var freeSlots: [Int32] = []
  private var indexByKey: [FlowKey: Int32] = [:]
  private var open = AgeList()
  private var lingering = AgeList()
  private var keptBytes = 0
  /// The latest capture time seen: the clock of all timeouts.
  private var now = Int64.min
  private(set) var evictedCount = 0

  /// Flows that have ended, in order, for the caller to take.
  var finished: [ObservedFlow] = []

  init(policy: FlowPolicy, plan: KeepPlan, limits: FlowTableLimits) {
    self.policy = policy
    self.plan = plan
    self.limits = limits
  }

  /// Adds a packet to its flow, which it may begin.
  ///
  /// - Parameter ip: the captured bytes from the IP header on.
  mutating func add(_ packet: borrowing DecodedPacket, _ ip: RawSpan, time: CaptureTime, position: PacketPosition) {
    now = max(now, time.nanoseconds)
    closeAged()
    let key = FlowKey(packet, keysEncapsulation: policy.keysEncapsulation)
    if let index = indexByKey[key] {
      if !startsAnew(packet, index, time) { return update(index, packet, ip, time, position) }
      close(index, .endOfCapture)
    }
    makeRoom()
    let index = insert(FlowState(key: key, first: packet, time: time, position: position))
    update(index, packet, ip, time, position)
  }

  /// Closes up to `count` flows because the capture has ended; fewer only when none are left.
  mutating func finish(_ count: Int) {
    for _ in 0..<count {
      if lingering.oldest >= 0 {
        close(lingering.oldest, .endOfCapture)
      } else if open.oldest >= 0 {
        close(open.oldest, .endOfCapture)
      } else {
        return
      }
    }
  }

  // MARK: One packet

  private mutating func update(
    _ index: Int32, _ packet: borrowing DecodedPacket, _ ip: RawSpan, _ time: CaptureTime, _ position: PacketPosition
  ) {
    let slot = Int(index)
    keptBytes += flows[slot].add(packet, ip, time: time, position: position, plan: plan)
    ages[slot].lastPacket = max(ages[slot].lastPacket, time.nanoseconds)
    guard ages[slot].closedAt == nil else { return }
    open.remove(index, from: &ages)
    if policy.linger != nil, flows[slot].teardown != nil {
      ages[slot].closedAt = now
      lingering.append(index, to: &ages)
    } else {
      open.append(index, to: &ages)
    }
  }

  /// Whether a packet on the tuple of a flow that TCP has ended belongs to a new flow.
  private func startsAnew(_ packet: borrowing DecodedPacket, _ index: Int32, _ time: CaptureTime) -> Bool {
    guard let linger = policy.linger, let closedAt = ages[Int(index)].closedAt else { return false }
    let flags = packet.flags
    let isSYN = flags.contains(.syn) && !flags.contains(.ack)
    return isSYN || time.nanoseconds > Self.sum(closedAt, linger)
  }

  // MARK: Ends

  private mutating func closeAged() {
    if let linger = policy.linger {
      while lingering.oldest >= 0, let closedAt = ages[Int(lingering.oldest)].closedAt, Self.sum(closedAt, linger) < now
      {
        close(lingering.oldest, .endOfCapture)
      }
    }
    guard let idle = policy.idleTimeout else { return }
    while open.oldest >= 0, Self.sum(ages[Int(open.oldest)].lastPacket, idle) < now { close(open.oldest, .idle) }
  }

  /// Moves the clock on to a time at which nothing had been seen since the last packet.
  mutating func passTime(to time: CaptureTime) {
    now = max(now, time.nanoseconds)
    closeAged()
  }

  private mutating func makeRoom() {
    while indexByKey.count >= limits.flows || keptBytes > limits.keptBytes {
      if lingering.oldest >= 0 {
        close(lingering.oldest, .endOfCapture)
      } else if open.oldest >= 0 {
        close(open.oldest, .evicted)
        evictedCount += 1
      } else {
        return
      }
    }
  }

  /// - Parameter reason: used unless TCP had ended the flow before.
  private mutating func close(_ index: Int32, _ reason: EndReason) {
    let slot = Int(index)
    if ages[slot].closedAt == nil { open.remove(index, from: &ages) } else { lingering.remove(index, from: &ages) }
    var state = FlowState.vacant
    swap(&state, &flows[slot])
    indexByKey[state.key] = nil
    freeSlots.append(index)
    keptBytes -= state.keptByteCount
    let end = policy.linger == nil ? reason : state.teardown ?? reason
    finished.append(state.finish(end))
  }

  private mutating func insert(_ state: consuming FlowState) -> Int32 {
    let key = state.key
    let index: Int32
    if let free = freeSlots.popLast() {
      index = free
      flows[Int(index)] = state
      ages[Int(index)] = AgeEntry()
    } else {
      index = Int32(flows.count)
      flows.append(state)
      ages.append(AgeEntry())
    }
    indexByKey[key] = index
    open.append(index, to: &ages)
    return index
  }

  /// Addition that stays at the ends of the range: capture times are whatever an attacker wrote.
  private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? (b > 0 ? .max : .min) : sum
  }
}

/// What is known of a slot's age, and its neighbours in its list; -1 for none.
private struct AgeEntry {
  var lastPacket = Int64.min
  /// Capture time at which TCP ended the flow.
  var closedAt: Int64?
  var previous: Int32 = -1, next: Int32 = -1
}

/// A list of slots from the oldest to the newest, linked through their entries.
private struct AgeList {
  private(set) var oldest: Int32 = -1
  private var newest: Int32 = -1

  mutating func append(_ index: Int32, to ages: inout ContiguousArray<AgeEntry>) {
    ages[Int(index)].previous = newest
    ages[Int(index)].next = -1
    if newest >= 0 { ages[Int(newest)].next = index } else { oldest = index }
    newest = index
  }

  mutating func remove(_ index: Int32, from ages: inout ContiguousArray<AgeEntry>) {
    let (previous, next) = (ages[Int(index)].previous, ages[Int(index)].next)
    if previous >= 0 { ages[Int(previous)].next = next } else { oldest = next }
    if next >= 0 { ages[Int(next)].previous = previous } else { newest = previous }
  }
}
