/// The capture that a file holds once its compression is undone, for a first look at it. A scan reads evidence with
/// `EvidenceReader`, which also tells what is wrong with it.
package enum CaptureContent {
  /// - Parameters:
  ///   - chunkSize: bytes read from the file at a time.
  ///   - depth: layers of compression undone at the most.
  /// - Returns: the decompressed capture; `nil` where the file cannot be read or holds something else, such as an archive.
  package static func open(
    _ path: EvidencePath, chunkSize: Int, depth: Int = EvidenceLimits().depth
  ) -> (any ByteStream)? {
    guard let file = try? EvidenceFile(path, chunkSize: chunkSize) else { return nil }
    var stream = PeekableStream(file)
    for _ in 0...depth {
      switch ContentKind(prefix: stream.peek(ContentKind.prefixLength)) {
      case .gzip: stream = PeekableStream(DecompressedStream(stream, GzipDecoder()))
      case .zstd: stream = PeekableStream(DecompressedStream(stream, ZstdDecoder()))
      case let kind where kind.isCompression:
        stream = PeekableStream(LibArchiveStream.decompressing(stream, name: kind.rawValue))
      case let kind where kind.isArchive || kind == .unknown: return nil
      default: return stream
      }
    }
    return nil
  }
}
