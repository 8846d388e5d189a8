import CZlib
import Records

/// Inflates gzip (RFC 1952), any number of members in a row. The only file that imports zlib.
///
/// Everything that could be inflated is handed out before damage is reported, to the last byte.
@safe final class GzipStream: ByteStream {
  private let source: any ByteStream
  private var state = unsafe z_stream()
  private var input: [UInt8] = []
  private var inputStart = 0
  private var produced = 0
  private var consumed = 0
  private var pendingDamage: StreamDamage?
  private var hasEnded = false
  private var isBetweenMembers = true

  init(_ source: any ByteStream) {
    self.source = source
    // 15 bits of window; 16 more ask for the gzip wrapper and its checks.
    _ = unsafe inflateInit2_(&state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  }

  deinit { unsafe inflateEnd(&state) }

  func next() throws(StreamDamage) -> [UInt8]? {
    while !hasEnded {
      if inputStart == input.count { try refill() }
      if hasEnded { break }
      if isBetweenMembers, !beginMember() { continue }
      let chunk = inflateSome()
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
        if !isBetweenMembers { fail("the gzip data breaks off in the middle of a member") }
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

  /// Looks at the byte where a member should begin. Zero padding behind the last member is allowed, as gzip allows it.
  private func beginMember() -> Bool {
    if input[inputStart] == 0, consumed > 0 {
      inputStart += 1
      consumed += 1
      return false
    }
    guard input[inputStart] == 0x1f else {
      fail("bytes follow the last gzip member at compressed offset \(consumed) that are no gzip")
      return false
    }
    isBetweenMembers = false
    return true
  }

  private func inflateSome() -> [UInt8] {
    var result: Int32 = Z_OK
    let capacity = 1 << 18
    let output = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      let given = input.count - inputStart
      unsafe input.withUnsafeMutableBufferPointer { bytes in
        unsafe state.next_in = bytes.baseAddress.map { unsafe $0 + inputStart }
        unsafe state.avail_in = UInt32(given)
        unsafe state.next_out = buffer.baseAddress
        unsafe state.avail_out = UInt32(capacity)
        result = unsafe inflate(&state, Z_NO_FLUSH)
      }
      initialized = unsafe capacity - Int(state.avail_out)
    }
    let used = unsafe input.count - inputStart - Int(state.avail_in)
    inputStart += used
    consumed += used
    if result == Z_STREAM_END {
      isBetweenMembers = true
      unsafe inflateReset(&state)
    } else if result != Z_OK && result != Z_BUF_ERROR {
      let reason = unsafe state.msg.map { unsafe String(cString: $0) } ?? "zlib error \(result)"
      fail("the gzip data is damaged at compressed offset \(consumed) (\(reason))")
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
