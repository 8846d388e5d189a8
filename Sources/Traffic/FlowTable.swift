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
  private var clock = CaptureClock()
  private var names = ResolvedNames()
  private(set) var evictedCount = 0

  /// Flows that have ended, in order, for the caller to take.
  var finished: [ObservedFlow] = []

  init(policy: FlowPolicy, plan: KeepPlan, limits: FlowTableLimits) {
    self.policy = policy
    self.plan = plan
    self.limits = limits
  }

  /// Moves on to the time of the next captured packet, and closes what has ended by then.
  mutating func advance(to time: CaptureTime) {
    clock.tick(time.nanoseconds)
    closeAged()
  }

  /// Adds a packet to its flow, which it may begin.
  ///
  /// - Parameter ip: the captured bytes from the IP header on.
  mutating func add(_ packet: borrowing DecodedPacket, _ ip: RawSpan, time: CaptureTime, position: PacketPosition) {
    let key = FlowKey(packet, keysEncapsulation: policy.keysEncapsulation)
    if let index = indexByKey[key] {
      guard let end = endBefore(packet, index, time) else { return update(index, packet, ip, time, position) }
      close(index, end)
    }
    makeRoom()
    var state = FlowState(key: key, first: packet, time: time, position: position)
    if !names.isEmpty {
      let source = names.text(for: packet.source, client: packet.destination)
      let destination = names.text(for: packet.destination, client: packet.source)
      let isAscending = FlowKey.isAscending(packet)
      state.nameEnds(lower: isAscending ? source : destination, upper: isAscending ? destination : source)
    }
    if !plan.numbersOf.isEmpty { state.keepNumbers(of: plan.numbersOf) }
    let index = insert(state)
    update(index, packet, ip, time, position)
  }

  /// Closes up to `count` flows because the capture has ended; fewer only when none are left. Those that had been quiet
  /// for as long as the policy's timeout had ended before it.
  mutating func finish(_ count: Int) {
    for _ in 0..<count {
      if lingering.oldest >= 0 {
        close(lingering.oldest, .endOfCapture)
      } else if open.oldest >= 0 {
        close(open.oldest, isIdle(open.oldest, at: clock.now) ? .idle : .endOfCapture)
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
    if flows[slot].hasAnswers { learnNames(slot, packet) }
    ages[slot].lastPacket = max(ages[slot].lastPacket, time.nanoseconds)
    guard ages[slot].closedAt == nil else { return }
    open.remove(index, from: &ages)
    if policy.linger != nil, flows[slot].teardown != nil {
      ages[slot].closedAt = time.nanoseconds
      lingering.append(index, to: &ages)
    } else {
      open.append(index, to: &ages)
    }
  }

  private mutating func learnNames(_ slot: Int, _ packet: borrowing DecodedPacket) {
    let isFromLower = FlowKey.isAscending(packet)
    for (message, isAnswerFromLower) in flows[slot].takeAnswers() {
      names.learn(message, client: isAnswerFromLower == isFromLower ? packet.destination : packet.source)
    }
  }

  /// Why a packet on a flow's tuple belongs to a new flow, if it does: it comes, or lies, the policy's timeout away from
  /// the flow, or TCP had ended the flow and the linger is over or a new connection begins.
  private func endBefore(_ packet: borrowing DecodedPacket, _ index: Int32, _ time: CaptureTime) -> EndReason? {
    let slot = Int(index)
    let now = time.nanoseconds
    if let idle = policy.idleTimeout {
      let isFarBefore = CaptureClock.sum(now, idle) < flows[slot].record.start.nanoseconds
      if isFarBefore || isIdle(index, at: now) { return .idle }
    }
    if let active = policy.activeTimeout, now > CaptureClock.sum(flows[slot].record.start.nanoseconds, active) {
      return .active
    }
    guard let linger = policy.linger, let closedAt = ages[slot].closedAt else { return nil }
    let isSYN = packet.flags.contains(.syn) && !packet.flags.contains(.ack)
    return isSYN && now >= closedAt || now > CaptureClock.sum(closedAt, linger) ? .idle : nil
  }

  private func isIdle(_ index: Int32, at now: Int64) -> Bool {
    policy.idleTimeout.map { CaptureClock.sum(ages[Int(index)].lastPacket, $0) < now } ?? false
  }

  // MARK: Ends

  /// Closes what has ended and what can get no packet any more, as far as the capture's order can be trusted.
  private mutating func closeAged() {
    let past = clock.safePast
    if let linger = policy.linger {
      while lingering.oldest >= 0, let closedAt = ages[Int(lingering.oldest)].closedAt,
        CaptureClock.sum(closedAt, linger) < past
      {
        close(lingering.oldest, .endOfCapture)
      }
    }
    while open.oldest >= 0, isIdle(open.oldest, at: past) { close(open.oldest, .idle) }
    // A flow from a time to come, such as a damaged record states, must not keep the others from being closed.
    if open.oldest >= 0, ages[Int(open.oldest)].lastPacket > clock.now {
      let index = open.oldest
      open.remove(index, from: &ages)
      open.append(index, to: &ages)
    }
  }

  /// Moves the clock on to a time at which nothing had been seen since the last packet.
  mutating func passTime(to time: CaptureTime) {
    clock.tick(time.nanoseconds)
    clock.tick(time.nanoseconds)
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
