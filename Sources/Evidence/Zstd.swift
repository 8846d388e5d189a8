import CZstd
import Records

/// Decompresses Zstandard (RFC 8878): any number of frames, skippable frames, windows up to 2 GiB as `zstd --long=31`
/// writes them. The only file that imports libzstd.
@safe final class ZstdStream: ByteStream {
  private let source: any ByteStream
  private let context: OpaquePointer?
  private var input: [UInt8] = []
  private var inputStart = 0
  private var produced = 0
  private var consumed = 0
  private var isInsideFrame = false
  private var outputWasFull = false
  private var pendingDamage: StreamDamage?
  private var hasEnded = false

  init(_ source: any ByteStream, maximumWindowLog: Int32 = 27) {
    self.source = source
    unsafe context = ZSTD_createDCtx()
    _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, maximumWindowLog)
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  func next() throws(StreamDamage) -> [UInt8]? {
    while !hasEnded {
      if inputStart == input.count && !outputWasFull { try refill() }
      if hasEnded { break }
      let chunk = decompressSome()
      produced += chunk.count
      if !chunk.isEmpty { return chunk }
    }
    if let damage = pendingDamage {
      pendingDamage = nil
      throw damage
    }
    return nil
  }

  private func refill() throws(StreamDamage) {
    do throws(StreamDamage) {
      guard let chunk = try source.next() else {
        if isInsideFrame { fail("the zstd data breaks off in the middle of a frame") }
        hasEnded = true
        return
      }
      input = chunk
      inputStart = 0
    } catch {
      hasEnded = true
      throw error
    }
  }

  private func decompressSome() -> [UInt8] {
    let capacity = 1 << 18
    var result = 0
    var used = 0
    let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      unsafe input.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[inputStart...])
        var source = unsafe ZSTD_inBuffer(src: rest.baseAddress, size: rest.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: capacity, pos: 0)
        result = unsafe ZSTD_decompressStream(context, &target, &source)
        used = unsafe source.pos
        initialized = unsafe target.pos
      }
    }
    inputStart += used
    consumed += used
    if ZSTD_isError(result) != 0 {
      let reason = unsafe String(cString: ZSTD_getErrorName(result))
      fail("the zstd data is damaged at compressed offset \(consumed) (\(reason))")
    } else {
      isInsideFrame = result != 0
      outputWasFull = output.count == capacity
    }
    return output
  }

  private func fail(_ what: String) {
    hasEnded = true
    pendingDamage = StreamDamage(
      Problem(
        .damagedCompression, offset: produced,
        message: "\(what); the \(produced) bytes decompressed before it were kept; ask for another copy of the file"))
  }
}
