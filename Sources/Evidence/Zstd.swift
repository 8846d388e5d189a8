import CZstd

/// Decompresses Zstandard (RFC 8878): any number of frames, skippable frames, windows up to 128 MiB as `zstd --long`
/// writes them. The only file that imports libzstd.
@safe final class ZstdDecoder: StreamDecoder {
  static let formatName = "zstd", unitName = "frame"
  private static let outputSize = 1 << 18

  private let context: OpaquePointer?
  private(set) var isInsideUnit = false
  private(set) var hasPendingOutput = false

  /// - Parameter maximumWindowLog: frames that need a larger window are refused; it is what an attacker may make the
  ///   decoder allocate.
  init(maximumWindowLog: Int32 = 27) {
    unsafe context = ZSTD_createDCtx()
    _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, maximumWindowLog)
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  func decode(_ input: [UInt8], from start: Int) -> DecodingStep {
    var result = 0
    var step = DecodingStep()
    step.output = unsafe [UInt8](unsafeUninitializedCapacity: Self.outputSize) { buffer, initialized in
      unsafe input.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
        var source = unsafe ZSTD_inBuffer(src: rest.baseAddress, size: rest.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        result = unsafe ZSTD_decompressStream(context, &target, &source)
        step.used = unsafe source.pos
        initialized = unsafe target.pos
      }
    }
    if ZSTD_isError(result) != 0 {
      let reason = unsafe String(cString: ZSTD_getErrorName(result))
      step.failure = "is damaged (\(reason))"
    } else {
      isInsideUnit = result != 0
      hasPendingOutput = step.output.count == Self.outputSize
    }
    return step
  }
}
