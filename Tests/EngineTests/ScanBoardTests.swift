import Engine
import Records
import Testing
import Traffic

@Suite struct ScanBoardTests {
  private func flow(_ port: UInt16) -> ObservedFlow {
    let time = CaptureTime(nanoseconds: 0)
    let end = Endpoint(address: IPAddress(v4: 1), port: port)
    let position = PacketPosition(number: 1, streamOffset: 0)
    let record = FlowRecord(
      start: time, end: time, proto: .udp, originator: end, responder: end, endReason: .idle, firstPacket: position,
      lastPacket: position)
    return ObservedFlow(record: record, packets: [], bytes: [])
  }

  private func label(_ job: ClassificationJob) -> [ClassifiedFlow] {
    job.flows.map { ClassifiedFlow(flow: $0.record, classification: .none) }
  }

  /// Ports of the flows a task hands to the writer, in order.
  private func ports(_ board: ScanBoard, task: Int) -> [UInt16] {
    var ports: [UInt16] = []
    while let events = board.takeEvents(task: task) {
      for case .flows(let flows) in events { ports += flows.map(\.flow.originator.port) }
    }
    return ports
  }

  @Test func rowsLeaveInPlanOrderWhateverTheOrderOfTheWork() throws {
    let board = ScanBoard(taskCount: 2, workers: 2)
    guard case .task(0) = board.nextWork(), case .task(1) = board.nextWork() else {
      Issue.record("tasks are not begun in order")
      return
    }
    for (task, port) in [(1, 10), (0, 1), (1, 11), (0, 2)] as [(Int, UInt16)] {
      #expect(board.submit([flow(port)], task: task) == nil)
    }
    board.finish(task: 1)
    board.finish(task: 0)
    var jobs: [ClassificationJob] = []
    while case .classify(let job) = board.nextWork() { jobs.append(job) }
    for job in jobs.reversed() { board.complete(job, with: label(job)) }
    #expect(ports(board, task: 0) == [1, 2])
    #expect(ports(board, task: 1) == [10, 11])
  }

  @Test func aTaskFarAheadOfTheWriterIsGivenOtherWork() throws {
    let board = ScanBoard(taskCount: 2, workers: 1, flowBound: 1)
    _ = board.nextWork()
    _ = board.nextWork()
    _ = board.submit([flow(1), flow(2)], task: 1)
    guard case .classify(let ahead) = board.nextWork() else { return }
    board.complete(ahead, with: label(ahead))
    _ = board.submit([flow(3)], task: 0)
    let work = board.holdBack(task: 1)
    #expect(work?.task == 0, "task 1 holds two flows where one is allowed, so it labels for task 0")
    #expect(board.holdBack(task: 0) == nil, "the task being written is never held back by the rows of others")
  }

  @Test func afterAStopNoTaskIsBegun() {
    let board = ScanBoard(taskCount: 3, workers: 1)
    guard case .task(0) = board.nextWork() else { return }
    board.stop()
    board.finish(task: 0)
    if case .stop = board.nextWork() {} else { Issue.record("a task was begun after the stop") }
    #expect(board.takeEvents(task: 0) == nil)
    #expect(board.takeEvents(task: 1) == nil)
    #expect(!board.wasBegun(task: 1))
  }
}
