import CBzip2

/// Decompresses bzip2, any number of streams in a row. The only file that imports libbz2.
@safe final class Bzip2Decoder: StreamDecoder {
  let formatName = "bzip2", unitName = "stream"
  private var state = unsafe bz_stream()
  private(set) var isInsideUnit = false
  private(set) var hasPendingOutput = false

  init() {}

  deinit { unsafe BZ2_bzDecompressEnd(&state) }

  func canBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "B") }

  func decode(_ input: [UInt8], from start: Int) -> DecodingStep {
    if !isInsideUnit {
      unsafe BZ2_bzDecompressEnd(&state)
      unsafe state = bz_stream()
      _ = unsafe BZ2_bzDecompressInit(&state, 0, 0)
      isInsideUnit = true
    }
    var result = BZ_OK
    let output = unsafe [UInt8](unsafeUninitializedCapacity: decodedChunkSize) { buffer, initialized in
      let room = buffer.count
      unsafe input.withUnsafeBytes { bytes in
        // libbz2's declaration lacks a const; it does not write to its input.
        unsafe state.next_in = bytes.baseAddress.map {
          unsafe UnsafeMutableRawPointer(mutating: $0 + start).assumingMemoryBound(to: CChar.self)
        }
        unsafe state.avail_in = UInt32(bytes.count - start)
        unsafe state.next_out = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
        unsafe state.avail_out = UInt32(room)
        result = unsafe BZ2_bzDecompress(&state)
      }
      initialized = unsafe room - Int(state.avail_out)
    }
    var step = DecodingStep(output: output, used: unsafe input.count - start - Int(state.avail_in))
    hasPendingOutput = unsafe state.avail_out == 0
    if result == BZ_STREAM_END {
      isInsideUnit = false
      hasPendingOutput = false
    } else if result != BZ_OK {
      step.failure = .damaged(result == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" : "a block that does not check out")
    }
    return step
  }
}
