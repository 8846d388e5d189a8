import Evidence
import Foundation
import Records
import Traffic

/// A first look at a capture: what has to be known of it before its place among others is.
struct CapturePeek: Sendable, Equatable {
  /// Time of the packet that stands first.
  var firstPacket: CaptureTime
  /// Link types of the interfaces described before that packet.
  var linkTypes: Set<LinkType>
  /// Who is heard at its beginning.
  var hosts = RecordedHosts()

  /// Bytes looked through for a packet: more than any block of a capture takes.
  private static let limit = 20 << 20

  /// - Parameter next: the capture's chunks from its beginning; `nil` at its end.
  /// - Returns: `nil` when there is no packet.
  init?(_ next: () -> [UInt8]?) {
    var opening = CaptureOpening()
    var rest = Self.limit
    while rest > 0, !opening.isEnough, let chunk = next() {
      rest -= chunk.count
      opening.append(chunk)
    }
    if !opening.isEnough { opening.finish() }
    guard let time = opening.firstPacket else { return nil }
    firstPacket = time
    linkTypes = opening.linkTypes
    hosts = opening.hosts
  }

  /// The time of the first packet whose time is one looked for.
  private static func time(
    in reader: inout CaptureReader, limit: Int, _ next: () -> [UInt8]?, where isLookedFor: (CaptureTime) -> Bool
  ) -> CaptureTime? {
    var rest = limit
    while rest > 0, let chunk = next() {
      rest -= chunk.count
      reader.append(chunk)
      if let time = packet(&reader, where: isLookedFor) { return time }
    }
    reader.endOfStream()
    return packet(&reader, where: isLookedFor)
  }

  /// The time of the next packet whose time is one looked for, among those in the reader's buffer.
  private static func packet(
    _ reader: inout CaptureReader, where isLookedFor: (CaptureTime) -> Bool
  ) -> CaptureTime? {
    let buffer = reader.buffer
    let bytes = unsafe buffer.span.bytes
    while true {
      switch reader.next(bytes) {
      case .packet(let packet) where isLookedFor(packet.time): return packet.time
      case .packet, .skipped, .damage: continue
      case .needsMore: return nil
      }
    }
  }

  /// Looks at files, several at once.
  ///
  /// - Returns: one peek for each path; `nil` where a file is no capture with packets.
  static func all(_ paths: [EvidencePath], threads: Int, limits: EvidenceLimits) -> [CapturePeek?] {
    let peeks = Monitor([CapturePeek?](repeating: nil, count: paths.count))
    let threads = max(1, min(threads, paths.count))
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for index in stride(from: thread, to: paths.count, by: threads) {
        guard let stream = PlainFile.capture(paths[index], chunkSize: 1 << 16, limits: limits) else { continue }
        // Damage ends a file early: what came before it is what there is.
        let peek = CapturePeek { (try? stream.next()) ?? nil }
        peeks.withLock { $0[index] = peek }
      }
    }
    return peeks.withLock { $0 }
  }

  /// Whether a capture goes on after a moment: of captures that begin in it, those that do not stand first.
  static func goesOn(after time: CaptureTime, _ path: EvidencePath, limits: EvidenceLimits) -> Bool {
    guard let stream = PlainFile.capture(path, chunkSize: 1 << 16, limits: limits) else { return false }
    var reader = CaptureReader()
    return Self.time(
      in: &reader, limit: limits.expandedBytes, { (try? stream.next()) ?? nil }, where: { $0 > time }) != nil
  }

  /// The digest of a file's decompressed capture, or of its first bytes; `nil` where it cannot be read.
  static func digest(of path: EvidencePath, first count: Int = .max, limits: EvidenceLimits) -> SHA256Digest? {
    let chunkSize = min(count, EvidenceFile.chunkSize)
    guard let stream = PlainFile.capture(path, chunkSize: chunkSize, limits: limits) else { return nil }
    let digest = Digest()
    var rest = min(count, limits.expandedBytes)
    while rest > 0, let chunk = try? stream.next() {
      digest.update(chunk.count > rest ? Array(chunk.prefix(rest)) : chunk)
      rest -= min(rest, chunk.count)
    }
    return digest.finishSHA256()
  }
}
