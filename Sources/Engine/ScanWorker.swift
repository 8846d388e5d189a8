import Foundation
import Learning
import Records
import Traffic

/// One of a scan's worker threads: reads evidence, labels flows, whatever the board asks for next.
struct ScanWorker {
  let board: ScanBoard
  let tasks: [ScanTask]
  let labeller: Labeller

  func run() {
    while true {
      switch board.nextWork() {
      case .stop: return
      case .classify(let job): label(job)
      case .task(let index):
        tasks[index].run(Sink(worker: self, task: index))
        board.finish(task: index)
      }
    }
  }

  private func label(_ job: ClassificationJob) {
    board.complete(job, with: labeller.label(job.flows))
  }

  /// Sends what a task finds to the board, and helps to label when the board asks for it.
  private struct Sink: ScanTask.Sink {
    let worker: ScanWorker
    let task: Int

    func append(_ event: UnitEvent) { worker.board.append(event, task: task) }

    func submit(_ flows: [ObservedFlow]) {
      if let job = worker.board.submit(flows, task: task) { worker.label(job) }
    }

    func holdBack() {
      while let job = worker.board.holdBack(task: task) { worker.label(job) }
    }
  }

  /// Starts `count` workers. They end when the board has nothing left for them.
  static func start(_ count: Int, board: ScanBoard, tasks: [ScanTask], classifier: FlowClassifier?, keepsInputs: Bool) {
    for _ in 0..<count {
      let thread = Thread {
        ScanWorker(board: board, tasks: tasks, labeller: Labeller(classifier, keepsInputs: keepsInputs)).run()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}
