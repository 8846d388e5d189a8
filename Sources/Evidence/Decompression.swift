/// Which decoder undoes which compression.
extension ContentKind {
  /// - Parameter stream: begins with this kind's magic.
  /// - Returns: the bytes after one layer of compression is undone.
  func decompressed(_ stream: PeekableStream, _ limits: EvidenceLimits) -> any ByteStream {
    switch self {
    case .gzip: DecompressedStream(stream, GzipDecoder())
    case .zstd: DecompressedStream(stream, ZstdDecoder(windowLimit: limits.windowBytes))
    case .xz: DecompressedStream(stream, LzmaDecoder(.xz, windowLimit: limits.windowBytes))
    case .lzip: DecompressedStream(stream, LzmaDecoder(.lzip, windowLimit: limits.windowBytes))
    case .lzma: DecompressedStream(stream, LzmaDecoder(.lzma, windowLimit: limits.windowBytes))
    case .bzip2: DecompressedStream(stream, Bzip2Decoder())
    case .lz4: DecompressedStream(stream, Lz4Decoder())
    default: LibArchiveStream.decompressing(stream, self)
    }
  }
}
