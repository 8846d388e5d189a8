import Evidence
import Foundation
import Records
import Traffic

/// What every task of a scan needs.
struct ScanSettings: Sendable {
  var policy: FlowPolicy
  var plan: KeepPlan
  var tableLimits = FlowTableLimits()
  var evidenceLimits = EvidenceLimits()
  var passwords: [String] = []
  /// A packet filter in libpcap's language.
  var filter: String?
  /// Whether captures of one recording share a flow table.
  var joinsCaptures = true
}

/// One task of a scan: a file of evidence with everything inside it, or the captures of a series in order of time.
///
/// Reading, decompression and hashing run on threads of their own, a few chunks ahead of the parsing, and one file ahead.
struct ScanTask {
  /// What reads the flows of the task: the board in a scan, a collection in training.
  protocol Sink {
    func append(_ event: UnitEvent)
    func submit(_ flows: [ObservedFlow])
    func holdBack()
  }

  var files: [TaskFile]
  var settings: ScanSettings
  var counters: ScanCounters
  /// Nodes whose captures are joined to no other, because they are copies of evidence elsewhere.
  var apart: Set<Int> = []

  func run(_ sink: some Sink) {
    var reading = TaskReading(sink: sink, settings: settings, counters: counters, apart: apart)
    var ahead: BoundedQueue<EvidenceEvent>?
    for (index, file) in files.enumerated() {
      if let final = file.final {
        reading.recall(file, final: final)
        continue
      }
      let events = ahead
      ahead = nil
      if let known = unchanged(file) {
        reading.pass(known, as: file)
        counters.add(bytes: file.planned.byteCount)
      } else if let problem = file.planned.problem {
        reading.refuse(file.planned.path, problem)
      } else {
        reading.begin(file)
        if reading.isBetweenUnits, index > 0, counters.isInterrupted {
          events?.close()
          sink.append(.leftOver)
          return
        }
        let events = events ?? read(file)
        if index + 1 < files.count, files[index + 1].known.isEmpty { ahead = read(files[index + 1]) }
        while let event = events.next() { reading.take(event) }
      }
      counters.addFile()
    }
    reading.finish()
  }

  /// The case's row for this very content: identity is the digest, not the path. A file that could not be read then
  /// and cannot be read now is the same too.
  private func unchanged(_ file: TaskFile) -> KnownUnit? {
    guard !file.known.isEmpty else { return nil }
    let unread = file.known.first { $0.sha256 == nil }
    guard file.planned.problem == nil else { return unread }
    do throws(StreamDamage) {
      let stream = HashedStream(try EvidenceFile(file.planned.path))
      while try stream.next() != nil {}
      let digest = stream.finishDigest()
      return file.known.first { $0.sha256 == digest }
    } catch {
      return unread
    }
  }

  /// Begins to read a file on a thread of its own.
  private func read(_ file: TaskFile) -> BoundedQueue<EvidenceEvent> {
    let queue = BoundedQueue<EvidenceEvent>(capacity: 6)
    let path = file.planned.path
    let settings = settings
    let counters = counters
    let thread = Thread {
      var reader = EvidenceReader(
        limits: settings.evidenceLimits, passwords: settings.passwords, whenRead: { counters.add(bytes: $0) },
        emit: { queue.append($0) })
      reader.read(path)
      queue.close()
    }
    // libarchive's decoders keep large tables on the stack.
    thread.stackSize = 8 << 20
    thread.start()
    return queue
  }
}
