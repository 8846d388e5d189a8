import CZstd

/// Decompresses Zstandard (RFC 8878): any number of frames, skippable frames, long windows. The only file that imports
/// libzstd.
@safe final class ZstdDecoder: StreamDecoder {
  let formatName = "zstd", unitName = "frame"
  /// Bytes of a frame that tell how long its header is.
  private static let headerPrefix = 5
  private let windowLimit: Int
  private let context: OpaquePointer?
  private(set) var isInsideUnit = false
  private(set) var hasPendingOutput = false
  /// Bytes the library wants next: up to the end of a block. Given more, it would lose blocks before a damaged one.
  private var wanted = headerPrefix

  /// - Parameter windowLimit: bytes of window a frame may ask for; rounded down to a power of two from 1 KiB to 2 GiB.
  init(windowLimit: Int) {
    self.windowLimit = windowLimit
    unsafe context = ZSTD_createDCtx()
    let log = max(10, min(31, Int.bitWidth - 1 - max(1, windowLimit).leadingZeroBitCount))
    _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(log))
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  func canBegin(with byte: UInt8) -> Bool { byte == 0x28 || byte & 0xf0 == 0x50 }

  func decode(_ input: [UInt8], from start: Int) -> DecodingStep {
    var result = 0
    var step = DecodingStep()
    step.output = unsafe [UInt8](unsafeUninitializedCapacity: decodedChunkSize) { buffer, initialized in
      unsafe input.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(wanted))
        var source = unsafe ZSTD_inBuffer(src: rest.baseAddress, size: rest.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        result = unsafe ZSTD_decompressStream(context, &target, &source)
        step.used = unsafe source.pos
        initialized = unsafe target.pos
      }
    }
    if ZSTD_isError(result) != 0 {
      step.failure =
        ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
        ? .needsMemory(limit: windowLimit) : .damaged(unsafe String(cString: ZSTD_getErrorName(result)))
    } else {
      isInsideUnit = result != 0
      wanted = result == 0 ? Self.headerPrefix : result
      hasPendingOutput = isInsideUnit && step.output.count == decodedChunkSize
    }
    return step
  }
}
