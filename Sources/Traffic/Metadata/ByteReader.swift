/// Reads a message from its beginning on; `nil` once it is too short.
struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  var remaining: Int { bytes.endIndex - offset }

  mutating func uint8() -> Int? {
    guard remaining >= 1 else { return nil }
    defer { offset += 1 }
    return Int(bytes[offset])
  }

  /// Big-endian.
  mutating func uint16() -> Int? {
    guard remaining >= 2 else { return nil }
    defer { offset += 2 }
    return Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
  }

  /// Big-endian.
  mutating func uint24() -> Int? {
    guard remaining >= 3 else { return nil }
    defer { offset += 3 }
    return Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, remaining >= count else { return nil }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// Bytes behind their length in one byte.
  mutating func vector8() -> ArraySlice<UInt8>? { uint8().flatMap { take($0) } }

  /// Bytes behind their length in two bytes.
  mutating func vector16() -> ArraySlice<UInt8>? { uint16().flatMap { take($0) } }

  /// QUIC's integers of one to eight bytes (RFC 9000 section 16); `nil` for what no packet here needs.
  mutating func variableInteger() -> Int? {
    guard let first = uint8() else { return nil }
    var value = first & 0x3f
    for _ in 1..<1 << (first >> 6) {
      guard let next = uint8(), value < 1 << 40 else { return nil }
      value = value << 8 | next
    }
    return value
  }
}
