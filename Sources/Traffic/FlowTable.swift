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
/// Two lists run through the flows, by the arrival of their last packet: those still open, and those that TCP has ended
/// and that wait for stragglers. Both are walked from their old end only, so a packet costs the same with ten
/// flows open as with a hundred thousand. What the lists need lies apart from the flows themselves, which are large.
///
/// A tuple has a current flow, and where a new connection began on it also the one before: packets of the two overlap
/// where the capture is not in order, and are told apart by their sequence numbers.
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
    var previous: Int32 = -1
    while let index = indexByKey[key] {
      if let previous = owner(packet, before: index, time) { return update(previous, packet, ip, time, position) }
      if let end = timeout(index, time) {
        close(index, end)
        continue
      }
      guard beginsConnection(packet, index, time) else { return update(index, packet, ip, time, position) }
      previous = index
      break
    }
    if previous >= 0 { retire(previous) }
    makeRoom()
    var state = FlowState(key: key, first: packet, time: time, position: position)
    if !names.isEmpty {
      let source = names.text(for: packet.source, client: packet.destination)
      let destination = names.text(for: packet.destination, client: packet.source)
      let isAscending = FlowKey.isAscending(packet)
      state.nameEnds(lower: isAscending ? source : destination, upper: isAscending ? destination : source)
    }
    if !plan.numbersOf.isEmpty { state.keepNumbers(of: plan.numbersOf) }
    // What made room may have closed the flow before.
    if previous >= 0, indexByKey[key] != previous { previous = -1 }
    let index = insert(state, after: previous)
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
    if ages[slot].closedAt == nil { open.remove(index, from: &ages) } else { lingering.remove(index, from: &ages) }
    if ages[slot].closedAt == nil, policy.linger != nil, flows[slot].teardown != nil {
      ages[slot].closedAt = time.nanoseconds
    }
    if ages[slot].closedAt == nil { open.append(index, to: &ages) } else { lingering.append(index, to: &ages) }
  }

  private mutating func learnNames(_ slot: Int, _ packet: borrowing DecodedPacket) {
    let isFromLower = FlowKey.isAscending(packet)
    for (message, isAnswerFromLower) in flows[slot].takeAnswers() {
      names.learn(message, client: isAnswerFromLower == isFromLower ? packet.destination : packet.source)
    }
  }

  /// The flow before the current one of a tuple, where a packet is of that one by its sequence numbers.
  private func owner(_ packet: borrowing DecodedPacket, before index: Int32, _ time: CaptureTime) -> Int32? {
    let previous = ages[Int(index)].older
    guard previous >= 0, let linger = policy.linger,
      flows[Int(index)].owns(packet, at: time, tolerance: linger) != true,
      flows[Int(previous)].owns(packet, at: time, tolerance: linger) == true, timeout(previous, time) == nil
    else { return nil }
    return previous
  }

  /// Why a packet of a time belongs to a new flow, if it comes, or lies, the policy's timeout away from the flow.
  private func timeout(_ index: Int32, _ time: CaptureTime) -> EndReason? {
    let slot = Int(index)
    let now = time.nanoseconds
    if let idle = policy.idleTimeout {
      let isFarBefore = CaptureClock.sum(now, idle) < flows[slot].record.start.nanoseconds
      if isFarBefore || isIdle(index, at: now) { return .idle }
    }
    if let active = policy.activeTimeout, now > CaptureClock.sum(flows[slot].record.start.nanoseconds, active) {
      return .active
    }
    return nil
  }

  /// Whether a packet is of another connection than the tuple's current flow: a SYN of another sequence number, or, once
  /// TCP has ended the flow and the linger is over, anything that does not fit it.
  private func beginsConnection(_ packet: borrowing DecodedPacket, _ index: Int32, _ time: CaptureTime) -> Bool {
    guard let linger = policy.linger, packet.isTCP else { return false }
    let slot = Int(index)
    if packet.flags.contains(.syn) { return flows[slot].owns(packet, at: time, tolerance: linger) == false }
    guard let closedAt = ages[slot].closedAt, time.nanoseconds > CaptureClock.sum(closedAt, linger) else {
      return false
    }
    return flows[slot].owns(packet, at: time, tolerance: linger) != true
  }

  private func isIdle(_ index: Int32, at now: Int64) -> Bool {
    policy.idleTimeout.map { CaptureClock.sum(ages[Int(index)].lastPacket, $0) < now } ?? false
  }

  // MARK: Ends

  /// Closes what has ended and what can get no packet any more, as far as the capture's order can be trusted.
  private mutating func closeAged() {
    let past = clock.safePast
    while lingering.oldest >= 0, isIdle(lingering.oldest, at: past) { close(lingering.oldest, .idle) }
    while open.oldest >= 0, isIdle(open.oldest, at: past) { close(open.oldest, .idle) }
    // A flow from a time to come, such as a damaged record states, must not keep the others from being closed.
    if open.oldest >= 0, ages[Int(open.oldest)].lastPacket > clock.now {
      let index = open.oldest
      open.remove(index, from: &ages)
      open.append(index, to: &ages)
    }
    if lingering.oldest >= 0, ages[Int(lingering.oldest)].lastPacket > clock.now {
      let index = lingering.oldest
      lingering.remove(index, from: &ages)
      lingering.append(index, to: &ages)
    }
  }

  /// Moves the clock on to a time at which nothing had been seen since the last packet.
  mutating func passTime(to time: CaptureTime) {
    clock.tick(time.nanoseconds)
    clock.tick(time.nanoseconds)
    closeAged()
  }

  private mutating func makeRoom() {
    while flows.count - freeSlots.count >= limits.flows || keptBytes > limits.keptBytes {
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

  /// Makes the current flow of a tuple the one before. What was that until now can get nothing more.
  private mutating func retire(_ index: Int32) {
    let slot = Int(index)
    if ages[slot].older >= 0 { close(ages[slot].older, .superseded) }
    flows[slot].isSuperseded = true
  }

  /// - Parameter reason: used unless TCP, or a new connection, had ended the flow before.
  private mutating func close(_ index: Int32, _ reason: EndReason) {
    let slot = Int(index)
    if ages[slot].closedAt == nil { open.remove(index, from: &ages) } else { lingering.remove(index, from: &ages) }
    var state = FlowState.vacant
    swap(&state, &flows[slot])
    let (older, newer) = (ages[slot].older, ages[slot].newer)
    if newer >= 0 {
      ages[Int(newer)].older = -1
    } else if older >= 0 {
      ages[Int(older)].newer = -1
      // It has outlived the one that seemed to follow it, as where the SYN was forged.
      if ages[Int(older)].lastPacket > ages[slot].lastPacket { flows[Int(older)].isSuperseded = false }
      indexByKey[state.key] = older
    } else {
      indexByKey[state.key] = nil
    }
    freeSlots.append(index)
    keptBytes -= state.keptByteCount
    let end = policy.linger == nil ? reason : state.teardown ?? (state.isSuperseded ? .superseded : reason)
    finished.append(state.finish(end))
  }

  /// - Parameter previous: the flow before on the same tuple; -1 for none.
  private mutating func insert(_ state: consuming FlowState, after previous: Int32) -> Int32 {
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
    if previous >= 0 {
      ages[Int(index)].older = previous
      ages[Int(previous)].newer = index
    }
    indexByKey[key] = index
    open.append(index, to: &ages)
    return index
  }
}

/// What is known of a slot's age, its neighbours in its list, and the flows before and behind it on its tuple; -1 for
/// none.
private struct AgeEntry {
  var lastPacket = Int64.min
  /// Capture time at which TCP ended the flow.
  var closedAt: Int64?
  var previous: Int32 = -1, next: Int32 = -1
  var older: Int32 = -1, newer: Int32 = -1
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
