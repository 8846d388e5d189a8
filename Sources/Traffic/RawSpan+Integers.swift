/// Integers in a span of bytes. Every caller has checked the length before; the span checks again, so that a mistake
/// in a parser cannot read beyond the packet.
extension RawSpan {
  @inline(__always) func uint8(_ offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  /// Big-endian, as networks write it.
  @inline(__always) func uint16(_ offset: Int) -> UInt16 {
    unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// Big-endian, as networks write it.
  @inline(__always) func uint32(_ offset: Int) -> UInt32 {
    unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Big-endian, as networks write it.
  @inline(__always) func uint64(_ offset: Int) -> UInt64 {
    unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The offset of the first byte from `start` on that is not zero; `nil` where all are.
  func firstNonZero(from start: Int) -> Int? {
    var offset = start
    while offset + 8 <= byteCount, uint64(offset) == 0 { offset += 8 }
    while offset < byteCount {
      if uint8(offset) != 0 { return offset }
      offset += 1
    }
    return nil
  }

  /// Whether every byte of a range is zero.
  @inline(__always) func isBlank(_ range: Range<Int>) -> Bool {
    uint8(range.lowerBound) == 0 && extracting(range).firstNonZero(from: 0) == nil
  }

  /// In the byte order a capture file was written in.
  @inline(__always) func uint16(_ offset: Int, swapped: Bool) -> UInt16 {
    let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
    return swapped ? value.byteSwapped : value
  }

  /// In the byte order a capture file was written in.
  @inline(__always) func uint32(_ offset: Int, swapped: Bool) -> UInt32 {
    let value = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return swapped ? value.byteSwapped : value
  }
}
