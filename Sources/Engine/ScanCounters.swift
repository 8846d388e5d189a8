import Synchronization

/// What a running scan has done so far, readable from any thread.
package final class ScanCounters: Sendable {
  private let bytes = Atomic<Int>(0)
  private let packets = Atomic<Int>(0)
  private let flows = Atomic<Int>(0)
  private let files = Atomic<Int>(0)
  private let interrupted = Atomic<Bool>(false)

  package init() {}

  /// A moment's reading.
  package struct Reading: Sendable, Equatable {
    /// Bytes of evidence files read.
    package var bytes: Int
    package var packets: Int
    package var flows: Int
    /// Files done.
    package var files: Int
  }

  package var reading: Reading {
    Reading(
      bytes: bytes.load(ordering: .relaxed), packets: packets.load(ordering: .relaxed),
      flows: flows.load(ordering: .relaxed), files: files.load(ordering: .relaxed))
  }

  func add(bytes count: Int) { bytes.add(count, ordering: .relaxed) }
  func add(packets count: Int) { packets.add(count, ordering: .relaxed) }
  func add(flows count: Int) { flows.add(count, ordering: .relaxed) }
  func addFile() { files.add(1, ordering: .relaxed) }

  /// Asks the scan to stop at the next unit. Safe to call from a signal's handler.
  package func interrupt() { interrupted.store(true, ordering: .relaxed) }
  package var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }
}
