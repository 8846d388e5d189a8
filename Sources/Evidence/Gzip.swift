import CZlib

/// Inflates gzip (RFC 1952), any number of members in a row. The only file that imports zlib.
@safe final class GzipDecoder: StreamDecoder {
  let formatName = "gzip", unitName = "member"
  private var state = unsafe z_stream()
  private(set) var isInsideUnit = false
  private(set) var hasPendingOutput = false

  init() {
    // 15 bits of window; 16 more ask for the gzip wrapper and its checks.
    _ = unsafe inflateInit2_(&state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  }

  deinit { unsafe inflateEnd(&state) }

  func canBegin(with byte: UInt8) -> Bool { byte == 0x1f }

  func decode(_ input: [UInt8], from start: Int) -> DecodingStep {
    isInsideUnit = true
    var result: Int32 = Z_OK
    let output = unsafe [UInt8](unsafeUninitializedCapacity: decodedChunkSize) { buffer, initialized in
      unsafe input.withUnsafeBufferPointer { bytes in
        // zlib's declaration lacks a const; it does not write to its input.
        unsafe state.next_in = bytes.baseAddress.map { unsafe UnsafeMutablePointer(mutating: $0 + start) }
        unsafe state.avail_in = UInt32(bytes.count - start)
        unsafe state.next_out = buffer.baseAddress
        unsafe state.avail_out = UInt32(buffer.count)
        result = unsafe inflate(&state, Z_NO_FLUSH)
      }
      initialized = unsafe buffer.count - Int(state.avail_out)
    }
    var step = DecodingStep(output: output, used: unsafe input.count - start - Int(state.avail_in))
    hasPendingOutput = unsafe state.avail_out == 0
    if result == Z_STREAM_END {
      isInsideUnit = false
      hasPendingOutput = false
      unsafe inflateReset(&state)
    } else if result != Z_OK && result != Z_BUF_ERROR {
      let reason = unsafe state.msg.map { unsafe String(cString: $0) } ?? "zlib error \(result)"
      step.failure = .damaged(reason)
    }
    return step
  }
}

/// CRC-32 as in gzip, zip and RAR (RFC 1952 section 8).
enum Checksum {
  /// - Parameter after: the checksum of what came before; 0 at the beginning.
  static func crc32(_ bytes: ArraySlice<UInt8>, after: UInt32) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return after }
      return UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(after), start, buffer.count))
    }
  }
}
