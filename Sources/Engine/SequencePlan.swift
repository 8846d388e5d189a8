import Evidence
import Records
import Traffic

/// A file of a task, and what is known of it before it is read.
struct TaskFile: Sendable {
  var planned: PlannedEvidence
  /// What the case has for the same path already.
  var known: [KnownUnit] = []
  /// For a file that may be part of a sequence; `nil` for one that stands alone.
  var peek: CapturePeek?
  /// Why it was not put behind a capture of its series whose time would have allowed it.
  var refusal: CaptureJoin?
  /// For a file that was read before and that the next may go on with: the time of the packet that stands last in it.
  private(set) var final: CaptureTime?

  init(_ planned: PlannedEvidence, known: [KnownUnit] = [], peek: CapturePeek? = nil) {
    self.planned = planned
    self.known = known
    self.peek = peek
  }

  /// The file as one that is not read again; `nil` where it says nothing of what follows.
  func recalled(_ final: CaptureTime?) -> Self? {
    guard peek != nil, let final else { return nil }
    var file = self
    file.final = final
    return file
  }
}

/// A file that the case has rows of already.
struct KnownUnit: Sendable {
  var id: Int64
  /// Digest of the file as stored; `nil` where it could not be read.
  var sha256: SHA256Digest?
  /// Time of the packet that stands last in it, where it has packets.
  var finalPacket: CaptureTime?
}

/// Deals the files of a scan to tasks: captures of one series, which may be rotated captures of one recording, to one task in
/// order of first packet time, every other file to a task of its own.
///
/// The larger series come first, then what stands alone, in the order of their paths. So a second copy of one piece of a
/// recording is met after the recording, wherever it lies, and cannot take the piece's place.
struct SequencePlan {
  private let files: [TaskFile]
  private let threads: Int
  private let limits: EvidenceLimits

  /// - Parameters:
  ///   - files: in the order of the walk.
  ///   - threads: how many may look at files at once.
  static func tasks(_ files: [TaskFile], threads: Int, limits: EvidenceLimits) -> [[TaskFile]] {
    let plan = SequencePlan(files: files, threads: threads, limits: limits)
    let series = plan.series()
    let taken = Set(series.joined().map(\.planned.path))
    let larger = series.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
    return larger.map(\.element) + files.filter { !taken.contains($0.planned.path) }.map { [$0] }
  }

  /// Series of two captures or more, each in order of time, by the place of their first file in the walk.
  private func series() -> [[TaskFile]] {
    var places: [SeriesName: [Int]] = [:]
    for (index, file) in files.enumerated() where file.planned.problem == nil && file.planned.byteCount > 0 {
      places[SeriesName(file.planned.path.bytes), default: []].append(index)
    }
    // Where the case has every file, there is nothing to be joined: each is looked at on its own, at once with the others.
    let candidates = places.values.filter { group in
      group.count > 1 && group.contains { files[$0].known.isEmpty }
    }.sorted { $0[0] < $1[0] }
    let looked = candidates.joined().map { files[$0] }
    let peeks = CapturePeek.all(looked.map(\.planned.path), threads: threads, limits: limits)
    let peeked = zip(looked, peeks).map { file, peek in
      var file = file
      file.peek = peek
      return file
    }
    var series: [[TaskFile]] = []
    var start = 0
    for group in candidates {
      let captures = peeked[start..<start + group.count].filter { $0.peek != nil }
      start += group.count
      for alike in Self.byLinkTypes(captures) {
        for recording in Self.byMachine(Self.inOrder(alike)) { series.append(withoutCopies(recording)) }
      }
    }
    return series.filter { $0.count > 1 || $0.first?.refusal != nil }
  }

  /// Parts captures that cannot be of one recording. Where the link types of one are among those of another they can: a
  /// pcapng file describes its interfaces where they first occur.
  private static func byLinkTypes(_ captures: [TaskFile]) -> [[TaskFile]] {
    let sets = Set(captures.compactMap { $0.peek?.linkTypes }).map { ($0, $0.map(\.rawValue).sorted()) }
    var kinds: [Set<LinkType>] = []
    for (set, _) in sets.sorted(by: { a, b in
      a.1.count != b.1.count ? a.1.count > b.1.count : a.1.lexicographicallyPrecedes(b.1)
    }) where !kinds.contains(where: { $0.isSuperset(of: set) }) {
      kinds.append(set)
    }
    let groups = Dictionary(grouping: captures) { capture in
      kinds.firstIndex { $0.isSuperset(of: capture.peek?.linkTypes ?? []) } ?? 0
    }
    return groups.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Parts captures that other machines recorded, such as two that write at the same time under names that are alike. Each is
  /// compared with the one before it of every machine met so far, by their beginnings; their ends are compared in reading.
  private static func byMachine(_ captures: [TaskFile]) -> [[TaskFile]] {
    var machines: [[TaskFile]] = []
    for var capture in captures {
      let hosts = capture.peek?.hosts ?? RecordedHosts()
      let own = machines.firstIndex { machine in
        machine.last?.peek.map { Kinship.otherMachine($0.hosts, hosts) == nil } ?? true
      }
      if let own {
        machines[own].append(capture)
      } else if machines.count < machineLimit {
        if let last = machines.last?.last, let before = last.peek {
          let reason = Kinship.otherMachine(before.hosts, hosts) ?? .otherMachines
          capture.refusal = CaptureJoin(after: last.planned.path.description, reason: reason)
        }
        machines.append([capture])
      } else {
        machines[machineLimit - 1].append(capture)
      }
    }
    return machines
  }

  /// Machines told apart within one series of names; with more the rest go together, and their ends tell in reading.
  private static let machineLimit = 64

  private static func inOrder(_ captures: [TaskFile]) -> [TaskFile] {
    captures.sorted { a, b in
      guard let first = a.peek?.firstPacket, let second = b.peek?.firstPacket, first != second else {
        return SeriesName.precedes(a.planned.path, b.planned.path)
      }
      return first < second
    }
  }

  /// Leaves out what has the same bytes as a capture before it. Copies begin at the same time, so only those are hashed.
  private func withoutCopies(_ captures: [TaskFile]) -> [TaskFile] {
    var kept: [TaskFile] = []
    var start = 0
    while start < captures.count {
      let time = captures[start].peek?.firstPacket
      let end = captures[start...].firstIndex { $0.peek?.firstPacket != time } ?? captures.count
      kept += end - start > 1 ? inOrder(within: time, distinct(captures[start..<end])) : [captures[start]]
      start = end
    }
    return kept
  }

  /// Captures that begin in the same moment: those that end in it come before one that goes on.
  private func inOrder(within time: CaptureTime?, _ captures: [TaskFile]) -> [TaskFile] {
    guard let time, captures.count > 1 else { return captures }
    let goOn = captures.map { CapturePeek.goesOn(after: time, $0.planned.path, limits: limits) }
    return zip(captures, goOn).filter { !$1 }.map(\.0) + zip(captures, goOn).filter { $1 }.map(\.0)
  }

  private func distinct(_ captures: ArraySlice<TaskFile>) -> [TaskFile] {
    // Whole captures are hashed only where their beginnings are alike.
    let beginnings = captures.map { CapturePeek.digest(of: $0.planned.path, first: 1 << 16, limits: limits) }
    var seen: Set<SHA256Digest> = []
    return zip(captures, beginnings).filter { capture, beginning in
      guard beginnings.count(where: { $0 == beginning }) > 1 else { return true }
      return CapturePeek.digest(of: capture.planned.path, limits: limits).map { seen.insert($0).inserted } ?? true
    }.map(\.0)
  }
}
