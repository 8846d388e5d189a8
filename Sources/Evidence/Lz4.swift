import CLz4

/// Decompresses LZ4 frames, any number in a row, skippable frames among them. The only file that imports liblz4.
@safe final class Lz4Decoder: StreamDecoder {
  let formatName = "lz4", unitName = "frame"
  private var context: OpaquePointer?
  private(set) var isInsideUnit = false
  private(set) var hasPendingOutput = false
  /// Bytes the library wants next: up to the end of a block. Given more, it would lose blocks before a damaged one.
  private var wanted = headerPrefix
  /// Bytes of a frame that tell how long its header is.
  private static let headerPrefix = 7

  init() { _ = unsafe LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION)) }

  deinit { _ = unsafe LZ4F_freeDecompressionContext(context) }

  func canBegin(with byte: UInt8) -> Bool { byte == 0x04 || byte & 0xf0 == 0x50 }

  func decode(_ input: [UInt8], from start: Int) -> DecodingStep {
    var result = 0
    var step = DecodingStep()
    step.output = unsafe [UInt8](unsafeUninitializedCapacity: decodedChunkSize) { buffer, initialized in
      unsafe input.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(wanted))
        var written = buffer.count
        var used = rest.count
        result = unsafe LZ4F_decompress(context, buffer.baseAddress, &written, rest.baseAddress, &used, nil)
        // The counts mean nothing after an error.
        if LZ4F_isError(result) == 0 {
          step.used = used
          initialized = written
        }
      }
    }
    if LZ4F_isError(result) != 0 {
      step.failure = .damaged(unsafe String(cString: LZ4F_getErrorName(result)))
    } else {
      isInsideUnit = result != 0
      wanted = result == 0 ? Self.headerPrefix : result
      hasPendingOutput = isInsideUnit && step.output.count == decodedChunkSize
    }
    return step
  }
}
