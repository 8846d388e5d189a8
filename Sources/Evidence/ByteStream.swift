package import Records

/// Bytes of a stream that cannot be had: what is wrong, and where in the stream before the break.
package struct StreamDamage: Error, Equatable {
  package var problem: Problem
  package init(_ problem: Problem) { self.problem = problem }
}

/// A source of bytes that its reader pulls from, chunk by chunk.
package protocol ByteStream: AnyObject {
  /// The next bytes, at least one, or `nil` at the end.
  ///
  /// What was read before damage is always handed out first: the call after it throws, and the calls after
  /// that return `nil`.
  func next() throws(StreamDamage) -> [UInt8]?
}

/// A stream whose first bytes can be looked at before it is read.
package final class PeekableStream: ByteStream {
  private let source: any ByteStream
  private var ahead: [[UInt8]] = []
  private var damage: StreamDamage?

  package init(_ source: any ByteStream) { self.source = source }

  /// Up to `count` bytes from the stream's current position; fewer only where the stream ends or breaks.
  package func peek(_ count: Int) -> [UInt8] {
    var available = ahead.reduce(0) { $0 + $1.count }
    while available < count, damage == nil {
      do throws(StreamDamage) {
        guard let chunk = try source.next() else { break }
        ahead.append(chunk)
        available += chunk.count
      } catch { damage = error }
    }
    return Array(ahead.joined().prefix(count))
  }

  package func next() throws(StreamDamage) -> [UInt8]? {
    if !ahead.isEmpty { return ahead.removeFirst() }
    if let damage {
      self.damage = nil
      throw damage
    }
    return try source.next()
  }
}

/// A stream that counts and hashes what passes through it.
package final class HashedStream: ByteStream {
  private let source: any ByteStream
  private let digest = Digest()
  package private(set) var byteCount = 0
  /// Whether the stream has been read whole: to its end, without damage.
  package private(set) var isWhole = false
  private var isBroken = false

  package init(_ source: any ByteStream) { self.source = source }

  package func next() throws(StreamDamage) -> [UInt8]? {
    var chunk: [UInt8]?
    do throws(StreamDamage) {
      chunk = try source.next()
    } catch {
      isBroken = true
      throw error
    }
    guard let chunk else {
      isWhole = !isBroken
      return nil
    }
    digest.update(chunk)
    byteCount += chunk.count
    return chunk
  }

  /// The digest of what has passed so far.
  package func finishDigest() -> SHA256Digest? { digest.finishSHA256() }
}

/// A stream over bytes already in memory, for tests and fuzzing.
package final class MemoryStream: ByteStream {
  private var chunks: ArraySlice<[UInt8]>

  /// - Parameter chunkSize: bytes a call to `next` returns at the most.
  package init(_ bytes: [UInt8], chunkSize: Int = 1 << 20) {
    let step = max(1, chunkSize)
    chunks = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }[...]
  }

  package func next() throws(StreamDamage) -> [UInt8]? { chunks.popFirst() }
}
