/// A file of the user's own, such as a feature table: its bytes, with compression undone. Archives are not opened.
package enum PlainFile {
  /// Layers of compression that are undone.
  private static let maximumDepth = 4

  /// - Parameter path: a regular file.
  package static func open(_ path: String) throws(StreamDamage) -> any ByteStream {
    var stream = PeekableStream(try EvidenceFile(EvidencePath(path)))
    for _ in 0..<maximumDepth {
      let kind = ContentKind(prefix: stream.peek(ContentKind.prefixLength))
      guard kind.isCompression else { return stream }
      stream = PeekableStream(kind.decompressed(stream, EvidenceLimits()))
    }
    return stream
  }
}
