import CLzma

/// Decompresses the formats around LZMA: xz, lzip, and the older .lzma, which has no checksum. The only file that
/// imports liblzma.
@safe final class LzmaDecoder: StreamDecoder {
  enum Wrapper: String { case xz, lzip, lzma }

  var formatName: String { wrapper.rawValue }
  let unitName = "stream"
  private let wrapper: Wrapper
  private let windowLimit: Int
  private var state = unsafe lzma_stream()
  private(set) var isInsideUnit = false
  private(set) var hasPendingOutput = false

  /// - Parameter windowLimit: bytes of dictionary that data may ask for.
  init(_ wrapper: Wrapper, windowLimit: Int) {
    self.wrapper = wrapper
    self.windowLimit = windowLimit
  }

  deinit { unsafe lzma_end(&state) }

  func canBegin(with byte: UInt8) -> Bool {
    switch wrapper {
    case .xz: byte == 0xfd
    case .lzip: byte == UInt8(ascii: "L")
    // Nothing marks the beginning of a second one.
    case .lzma: false
    }
  }

  private func begin() {
    // The decoder's own tables come on top of the dictionary.
    let memory = UInt64(clamping: windowLimit) + (16 << 20)
    switch wrapper {
    case .xz: _ = unsafe lzma_stream_decoder(&state, memory, 0)
    case .lzip: _ = unsafe lzma_lzip_decoder(&state, memory, 0)
    case .lzma: _ = unsafe lzma_alone_decoder(&state, memory)
    }
    isInsideUnit = true
  }

  func decode(_ input: [UInt8], from start: Int) -> DecodingStep {
    if !isInsideUnit { begin() }
    var result = LZMA_OK
    let output = unsafe [UInt8](unsafeUninitializedCapacity: decodedChunkSize) { buffer, initialized in
      unsafe input.withUnsafeBufferPointer { bytes in
        unsafe state.next_in = bytes.baseAddress.map { unsafe $0 + start }
        unsafe state.avail_in = bytes.count - start
        unsafe state.next_out = buffer.baseAddress
        unsafe state.avail_out = buffer.count
        result = unsafe lzma_code(&state, LZMA_RUN)
      }
      initialized = unsafe buffer.count - state.avail_out
    }
    var step = DecodingStep(output: output, used: unsafe input.count - start - state.avail_in)
    hasPendingOutput = unsafe state.avail_out == 0
    switch result {
    case LZMA_OK, LZMA_BUF_ERROR: break
    case LZMA_STREAM_END:
      isInsideUnit = false
      hasPendingOutput = false
    case LZMA_MEMLIMIT_ERROR: step.failure = .needsMemory(limit: windowLimit)
    case LZMA_FORMAT_ERROR: step.failure = .damaged("no \(wrapper.rawValue) header")
    case LZMA_OPTIONS_ERROR: step.failure = .damaged("options that no decoder knows")
    default: step.failure = .damaged("data that do not check out")
    }
    return step
  }
}
