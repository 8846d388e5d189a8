/// A file as it is once its compression is undone. Archives are not opened. A scan reads evidence with `EvidenceReader`, which
/// also tells what is wrong with it.
package enum PlainFile {
  /// - Parameters:
  ///   - chunkSize: bytes read from the file at a time.
  ///   - limits: layers of compression undone at the most, and the memory each may ask for.
  /// - Returns: the decompressed bytes, and what they are.
  package static func open(
    _ path: EvidencePath, chunkSize: Int = EvidenceFile.chunkSize, limits: EvidenceLimits = EvidenceLimits()
  ) throws(StreamDamage) -> (stream: any ByteStream, kind: ContentKind) {
    var stream = PeekableStream(try EvidenceFile(path, chunkSize: chunkSize))
    var kind = ContentKind(prefix: stream.peek(ContentKind.prefixLength))
    for _ in 0..<limits.depth where kind.isCompression {
      stream = PeekableStream(kind.decompressed(stream, limits))
      kind = ContentKind(prefix: stream.peek(ContentKind.prefixLength))
    }
    return (stream, kind)
  }

  /// The capture that a file holds; `nil` where it cannot be read or holds something else, such as an archive.
  package static func capture(_ path: EvidencePath, chunkSize: Int, limits: EvidenceLimits) -> (any ByteStream)? {
    guard let (stream, kind) = try? open(path, chunkSize: chunkSize, limits: limits) else { return nil }
    return kind.isCompression || kind.isArchive || kind == .unknown ? nil : stream
  }
}
