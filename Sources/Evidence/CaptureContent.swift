/// The capture that a file holds once its compression is undone, for a first look at it. A scan reads evidence with
/// `EvidenceReader`, which also tells what is wrong with it.
package enum CaptureContent {
  /// - Parameters:
  ///   - chunkSize: bytes read from the file at a time.
  ///   - limits: layers of compression undone at the most, and the memory each may ask for.
  /// - Returns: the decompressed capture; `nil` where the file cannot be read or holds something else, such as an archive.
  package static func open(
    _ path: EvidencePath, chunkSize: Int, limits: EvidenceLimits = EvidenceLimits()
  ) -> (any ByteStream)? {
    guard let file = try? EvidenceFile(path, chunkSize: chunkSize) else { return nil }
    var stream = PeekableStream(file)
    for _ in 0...limits.depth {
      switch ContentKind(prefix: stream.peek(ContentKind.prefixLength)) {
      case let kind where kind.isCompression: stream = PeekableStream(kind.decompressed(stream, limits))
      case let kind where kind.isArchive || kind == .unknown: return nil
      default: return stream
      }
    }
    return nil
  }
}
