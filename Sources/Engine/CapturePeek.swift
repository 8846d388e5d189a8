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

  /// Bytes looked through for a packet: more than any block of a capture takes.
  private static let limit = 20 << 20

  /// - Parameter next: the capture's chunks from its beginning; `nil` at its end.
  /// - Returns: `nil` when there is no packet.
  init?(_ next: () -> [UInt8]?) {
    var reader = CaptureReader()
    var remaining = Self.limit
    while remaining > 0 {
      let chunk = next()
      if let chunk {
        remaining -= chunk.count
        reader.append(chunk)
      } else {
        reader.endOfStream()
      }
      if let time = Self.packet(&reader, where: { _ in true }) {
        firstPacket = time
        linkTypes = Set(reader.linkTypes)
        return
      }
      if chunk == nil { return nil }
    }
    return nil
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
  static func all(_ paths: [EvidencePath], threads: Int) -> [CapturePeek?] {
    let peeks = Monitor([CapturePeek?](repeating: nil, count: paths.count))
    let threads = max(1, min(threads, paths.count))
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for index in stride(from: thread, to: paths.count, by: threads) {
        guard let stream = CaptureContent.open(paths[index], chunkSize: 1 << 16) else { continue }
        // Damage ends a file early: what came before it is what there is.
        let peek = CapturePeek { (try? stream.next()) ?? nil }
        peeks.withLock { $0[index] = peek }
      }
    }
    return peeks.withLock { $0 }
  }

  /// Whether a capture goes on after a moment: of captures that begin in it, those that do not stand first.
  static func goesOn(after time: CaptureTime, _ path: EvidencePath) -> Bool {
    guard let stream = CaptureContent.open(path, chunkSize: 1 << 16) else { return false }
    var reader = CaptureReader()
    while let chunk = try? stream.next() {
      reader.append(chunk)
      if packet(&reader, where: { $0 > time }) != nil { return true }
    }
    return false
  }

  /// The digest of a file's decompressed capture; `nil` where it cannot be read.
  static func digest(of path: EvidencePath, limit: Int = .max) -> SHA256Digest? {
    guard let source = CaptureContent.open(path, chunkSize: EvidenceFile.chunkSize) else { return nil }
    let stream = HashedStream(source)
    while stream.byteCount < limit, let chunk = try? stream.next(), !chunk.isEmpty {}
    return stream.finishDigest()
  }
}
