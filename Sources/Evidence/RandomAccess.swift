import Records

/// Bytes that can be read anywhere, for what cannot be read from front to back: archives whose directory is at their
/// end, and a second look at an archive.
protocol RandomAccess: AnyObject {
  var byteCount: Int { get }
  /// Up to `count` bytes from `offset` on; empty at the end and beyond it.
  func read(at offset: Int, upTo count: Int) throws(StreamDamage) -> [UInt8]
}

/// An archive that is held in memory, since what is around it can only be read from front to back.
final class HeldBytes: RandomAccess {
  private let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var byteCount: Int { bytes.count }

  func read(at offset: Int, upTo count: Int) -> [UInt8] {
    guard offset >= 0, offset < bytes.count, count > 0 else { return [] }
    return Array(bytes[offset...].prefix(count))
  }
}

/// A stream over bytes that can be read anywhere, whose position can be set.
final class SeekableStream: ByteStream {
  private let bytes: any RandomAccess
  private(set) var position = 0

  init(_ bytes: any RandomAccess) { self.bytes = bytes }

  var byteCount: Int { bytes.byteCount }
  func seek(to offset: Int) { position = max(0, offset) }

  func next() throws(StreamDamage) -> [UInt8]? {
    // Small against a file's chunks: archives that are sought in are read here and there.
    let chunk = try bytes.read(at: position, upTo: 1 << 17)
    position += chunk.count
    return chunk.isEmpty ? nil : chunk
  }
}
