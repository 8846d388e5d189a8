package import Records
package import Traffic

/// Flows that wait for their labels.
package struct ClassificationJob: Sendable {
  package var task: Int
  /// Place in the task's output that the labelled flows will take.
  package var slot: Int
  package var flows: [ObservedFlow]
}

/// Where the threads of a scan meet: which task is next, which flows wait for labels, and what is ready to be written.
///
/// Rows leave in plan order whatever the order in which the work was done. What later tasks have ready meanwhile is
/// bounded: a worker that runs too far ahead labels other tasks' flows, or waits.
package final class ScanBoard: Sendable {
  /// What a worker does next.
  package enum Work {
    case task(Int)
    case classify(ClassificationJob)
    case stop
  }

  private struct Output {
    /// Events in order; `nil` for flows whose labels are not there yet.
    var slots: [UnitEvent?] = []
    /// Slots that have been handed to the writer.
    var taken = 0
    var isComplete = false
    var bufferedFlows = 0

    mutating func takeReady() -> [UnitEvent] {
      var events: [UnitEvent] = []
      while taken < slots.count, let event = slots[taken] {
        events.append(event)
        slots[taken] = nil
        taken += 1
        bufferedFlows -= event.flowCount
      }
      return events
    }
  }

  private struct State {
    var nextTask = 0
    var taskCount: Int
    var runningTasks = 0
    var jobs: [ClassificationJob] = []
    var outputs: [Int: Output] = [:]
    /// The task whose rows are being written.
    var writing = 0
    var bufferedFlows = 0
    var isStopped = false
  }

  private let state: Monitor<State>
  /// Labelled flows that tasks ahead of the one being written may hold ready, all together.
  private let flowBound: Int
  /// Unlabelled batches that may wait before workers label instead of reading on.
  private let jobBound: Int

  package init(taskCount: Int, workers: Int, flowBound: Int = 15_000) {
    state = Monitor(State(taskCount: taskCount))
    self.flowBound = flowBound
    jobBound = 2 * workers
  }

  // MARK: Workers

  /// What to do next; waits while there is nothing. Labelling comes first, so that rows move on to the writer.
  package func nextWork() -> Work {
    state.wait { state in
      if let job = state.jobs.popFirst() { return .classify(job) }
      if state.isStopped && state.runningTasks == 0 { return .stop }
      if !state.isStopped, state.nextTask < state.taskCount {
        let isNextToWrite = state.nextTask == state.writing
        guard isNextToWrite || state.bufferedFlows < self.flowBound && state.nextTask < state.writing + 1000 else {
          return nil
        }
        defer { state.nextTask += 1 }
        state.runningTasks += 1
        state.outputs[state.nextTask] = state.outputs[state.nextTask] ?? Output()
        return .task(state.nextTask)
      }
      return state.nextTask >= state.taskCount && state.runningTasks == 0 ? .stop : nil
    }
  }

  /// Adds an event to a task's output.
  package func append(_ event: UnitEvent, task: Int) {
    state.withLock { $0.outputs[task]?.slots.append(event) }
  }

  /// Reserves the next place in a task's output for flows and queues them for labelling.
  ///
  /// - Returns: a job for the caller to do itself, when enough wait already or it has run too far ahead.
  package func submit(_ flows: [ObservedFlow], task: Int) -> ClassificationJob? {
    state.withLock { state in
      guard let slot = state.outputs[task]?.slots.count else { return nil }
      state.outputs[task]?.slots.append(nil)
      state.jobs.append(ClassificationJob(task: task, slot: slot, flows: flows))
      return state.jobs.count > self.jobBound ? state.jobs.removeFirst() : nil
    }
  }

  /// Keeps a task that has run ahead of the writer from filling memory: returns a job to do meanwhile, or `nil` once
  /// the task may go on.
  package func holdBack(task: Int) -> ClassificationJob? {
    state.wait { state -> ClassificationJob?? in
      // The task being written is held to its own rows only: those of later tasks cannot leave before it.
      let buffered = state.writing == task ? state.outputs[task]?.bufferedFlows ?? 0 : state.bufferedFlows
      if buffered < self.flowBound { return .some(nil) }
      return state.jobs.popFirst().map { .some($0) }
    }
  }

  /// Puts labelled flows into the place reserved for them.
  package func complete(_ job: ClassificationJob, with flows: [ClassifiedFlow]) {
    state.withLock { state in
      state.outputs[job.task]?.slots[job.slot] = .flows(flows)
      state.outputs[job.task]?.bufferedFlows += flows.count
      state.bufferedFlows += flows.count
    }
  }

  /// The task has appended all of its events.
  package func finish(task: Int) {
    state.withLock { state in
      state.outputs[task]?.isComplete = true
      state.runningTasks -= 1
    }
  }

  // MARK: The writer

  /// The next events of a task in order; `nil` when the task is done, or was never begun because of a stop.
  package func takeEvents(task: Int) -> [UnitEvent]? {
    state.wait { state -> [UnitEvent]?? in
      state.writing = max(state.writing, task)
      // Taken out and put back, so that its slots are changed in place and not copied.
      guard var output = state.outputs.removeValue(forKey: task) else {
        return state.isStopped && state.nextTask <= task ? .some(nil) : nil
      }
      let events = output.takeReady()
      state.bufferedFlows -= events.reduce(0) { $0 + $1.flowCount }
      let isDone = events.isEmpty && output.isComplete && output.taken == output.slots.count
      if isDone { return .some(nil) }
      state.outputs[task] = output
      return events.isEmpty ? nil : .some(events)
    }
  }

  /// Whether a task was begun: after a stop, those that were not are left for the next run.
  package func wasBegun(task: Int) -> Bool { state.withLock { $0.nextTask > task } }

  /// No further task is begun; those under way are finished.
  package func stop() { state.withLock { $0.isStopped = true } }
}

extension Array {
  fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
